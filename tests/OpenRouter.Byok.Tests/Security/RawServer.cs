using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>A server on loopback that responds with any bytes, one request for each connection.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, Stream, CancellationToken, Task> _answer;
    private readonly Func<Stream, Task<Stream>>? _secure;
    private readonly Task _accepting;

    /// <summary>Starts it.</summary>
    /// <param name="answer">Receives the head of the request and the connection.</param>
    /// <param name="secure">Converts the connection, for example to TLS; <see langword="null"/>: nothing else.</param>
    internal RawServer(Func<string, Stream, CancellationToken, Task> answer, Func<Stream, Task<Stream>>? secure = null)
    {
        _answer = answer;
        _secure = secure;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal Uri BaseUri => new($"http://127.0.0.1:{Port}/api/v1");

    /// <summary>How many connections were made.</summary>
    internal int Connections { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    /// <summary>Reads up to the empty line.</summary>
    internal static async Task<string> ReadHeadAsync(Stream stream, CancellationToken stop)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, stop) == 1)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Connections++;
                _ = ServeAsync(client);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // It is being stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using Stream stream = _secure is null ? client.GetStream() : await _secure(client.GetStream());
                await _answer(await ReadHeadAsync(stream, _stop.Token), stream, _stop.Token);
            }
            catch (Exception end) when (end is OperationCanceledException or IOException or ObjectDisposedException or SocketException or AuthenticationException)
            {
                // The client has closed the connection.
            }
        }
    }
}
