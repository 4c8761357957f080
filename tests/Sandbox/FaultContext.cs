using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace OpenRouter.Byok.Sandbox;

/// <summary>What a fault has at hand: the connection and, where the operation was carried out, its answer.</summary>
internal sealed class FaultContext(HttpContext http, ReceivedRequest request, ApiResponse response, ApiHandler handler, CancellationToken stopping) : IDisposable
{
    private readonly CancellationTokenSource _gone = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);

    internal HttpContext Http => http;

    internal ReceivedRequest Request => request;

    /// <summary>The answer of the operation, or an empty success where the operation was not carried out.</summary>
    internal ApiResponse Response => response;

    /// <summary>Is cancelled when the client has gone away or the server is being stopped.</summary>
    internal CancellationToken Gone => _gone.Token;

    public void Dispose() => _gone.Dispose();

    internal async Task UntilGoneAsync(TimeSpan atMost) =>
        await Task.Delay(atMost, Gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    internal Task ErrorAsync(int status, string message) => handler.WriteErrorAsync(http, request, status, message);

    internal string Echo() => ApiHandler.Echo(http, request);

    internal bool Echoes => handler.Server.Shape.EchoRequest;

    internal void Start(int status, string contentType, long? contentLength)
    {
        request.Status = status;
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = contentLength;
    }

    internal async Task SendAsync(int status, string contentType, ReadOnlyMemory<byte> body)
    {
        Start(status, contentType, body.Length);
        await http.Response.BodyWriter.WriteAsync(body, Gone).ConfigureAwait(false);
    }

    internal Task SendTwiceAsync() => ApiHandler.SendTwiceAsync(http, request, response);

    internal async Task<bool> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        var flushed = await http.Response.BodyWriter.WriteAsync(bytes, Gone).ConfigureAwait(false);
        return !flushed.IsCompleted && !flushed.IsCanceled && !Gone.IsCancellationRequested;
    }

    /// <summary>
    /// Ends the connection with a reset rather than an orderly end; the streams of an HTTP/2 connection are reset one by one.
    /// </summary>
    internal void Reset()
    {
        if (HttpProtocol.IsHttp11(http.Request.Protocol)
            && http.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        http.Abort();
    }

    /// <summary>The connection beneath HTTP/1.1 (and above TLS), for what a proper HTTP server refuses to send.</summary>
    internal PipeWriter? Raw() => HttpProtocol.IsHttp11(http.Request.Protocol)
        ? http.Features.Get<IConnectionTransportFeature>()?.Transport.Output
        : null;

    internal static ReadOnlyMemory<byte> Repeat(byte value, int count)
    {
        var bytes = new byte[count];
        bytes.AsSpan().Fill(value);
        return bytes;
    }
}
