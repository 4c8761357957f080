using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>A proxy that tunnels every host to one port on loopback, and records the traffic.</summary>
internal sealed class TunnelProxy : IAsyncDisposable
{
    private readonly RawServer _server;
    private readonly int _target;
    private readonly string? _authorization;
    private readonly MemoryStream _seen = new();

    /// <summary>Starts it.</summary>
    /// <param name="target">The port.</param>
    /// <param name="credential">The required credential, as <c>user:password</c>; <see langword="null"/> for none.</param>
    internal TunnelProxy(int target, string? credential = null)
    {
        _target = target;
        _authorization = credential is null ? null : "\r\nProxy-Authorization: Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes(credential)) + "\r\n";
        _server = new RawServer(TunnelAsync);
    }

    internal Uri Address => new($"http://127.0.0.1:{_server.Port}");

    internal int Connections => _server.Connections;

    /// <summary>How many requests came without the credential.</summary>
    internal int Refused { get; private set; }

    /// <summary>The heads of the requests that were made to it.</summary>
    internal ConcurrentQueue<string> Heads { get; } = new();

    /// <summary>The bytes that clients sent through it.</summary>
    internal string Seen
    {
        get
        {
            lock (_seen)
            {
                return Encoding.Latin1.GetString(_seen.ToArray());
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _seen.DisposeAsync();
    }

    private async Task TunnelAsync(string head, Stream client, CancellationToken stop)
    {
        Heads.Enqueue(head);
        if (!head.StartsWith("CONNECT ", StringComparison.Ordinal))
        {
            await client.WriteAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stop);
            return;
        }

        if (_authorization is not null && !head.Contains(_authorization, StringComparison.Ordinal))
        {
            Refused++;
            await client.WriteAsync("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), stop);
            return;
        }

        using var target = new TcpClient();
        await target.ConnectAsync("127.0.0.1", _target, stop);
        await client.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), stop);
        NetworkStream server = target.GetStream();
        await Task.WhenAny(PumpAsync(client, server, keep: true), PumpAsync(server, client, keep: false));

        async Task PumpAsync(Stream from, Stream to, bool keep)
        {
            byte[] buffer = new byte[16 * 1024];
            for (int read; (read = await from.ReadAsync(buffer, stop)) > 0;)
            {
                if (keep)
                {
                    lock (_seen)
                    {
                        _seen.Write(buffer, 0, read);
                    }
                }

                await to.WriteAsync(buffer.AsMemory(0, read), stop);
            }
        }
    }
}
