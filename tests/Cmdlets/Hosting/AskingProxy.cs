using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>A proxy on loopback that requires a credential before it forwards a request.</summary>
internal sealed class AskingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<string> _heads = new();
    private readonly string _authorization;
    private int _refused;

    /// <summary>Starts it with the required credential, as <c>user:password</c>.</summary>
    internal AskingProxy(string credential)
    {
        _authorization = $"\r\nProxy-Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(credential))}\r\n";
        _listener.Start();
        _ = AcceptAsync();
    }

    internal Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>The heads of the requests with the credential.</summary>
    internal IReadOnlyCollection<string> Heads => _heads;

    /// <summary>How many requests had no credential.</summary>
    internal int Refused => Volatile.Read(ref _refused);

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync().ConfigureAwait(false));
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // It is being stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient served = client;
        try
        {
            NetworkStream stream = client.GetStream();
            string head = await ReadHeadAsync(stream).ConfigureAwait(false);
            if (!head.Contains(_authorization, StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _refused);
                await WriteAsync(
                    stream,
                    "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ConfigureAwait(false);
                return;
            }

            // One request for each connection: a proxy receives the whole URL, a server only its path.
            _heads.Enqueue(head);
            var address = new Uri(head.Split(' ')[1]);
            using var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, address.Port).ConfigureAwait(false);
            NetworkStream target = server.GetStream();
            string passed = head.Replace(address.OriginalString, address.PathAndQuery, StringComparison.Ordinal).Replace(_authorization, "\r\nConnection: close\r\n", StringComparison.Ordinal);
            await WriteAsync(target, passed).ConfigureAwait(false);
            await target.CopyToAsync(stream).ConfigureAwait(false);
        }
        catch (Exception end) when (end is IOException or SocketException or ObjectDisposedException)
        {
            // The client has closed the connection.
        }
    }

    private static async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one).ConfigureAwait(false) == 1)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private static ValueTask WriteAsync(NetworkStream stream, string text) => stream.WriteAsync(Encoding.ASCII.GetBytes(text));
}
