using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Connections.Features;

namespace OpenRouter.Byok.Sandbox;

/// <summary>A request and what can be sent in response: a correct response, or the response of a fault.</summary>
internal sealed class ApiCall(HttpContext http, ReceivedRequest request, SandboxServer server) : IDisposable
{
    internal const string Json = "application/json";

    private const string CopyOfResponse = "sandbox: copy of a response";

    private readonly CancellationTokenSource _gone = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, server.Stopping);

    internal HttpContext Http => http;

    internal ReceivedRequest Request => request;

    internal SandboxServer Server => server;

    /// <summary>The status of the operation; a success if it was not processed.</summary>
    internal int Status { get; set; } = 200;

    /// <summary>The body of the operation; empty if it was not processed.</summary>
    internal string Body { get; set; } = "";

    /// <summary>Is cancelled when the client has disconnected or the server stops.</summary>
    internal CancellationToken Gone => _gone.Token;

    /// <summary>The secrets of the request, for a server that repeats them.</summary>
    internal string Echo => $"{http.Request.Headers.Authorization} {request.Body}";

    public void Dispose() => _gone.Dispose();

    internal async Task UntilGoneAsync(TimeSpan atMost) =>
        await Task.Delay(atMost, Gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Makes the response an error in the form of the API.</summary>
    internal void Refuse(int status, string message, ResponseShape shape)
    {
        var error = new JsonObject { ["code"] = status, ["message"] = shape.Prefix + message };
        if (shape.EchoRequest)
        {
            error["message"] = $"{error["message"]}: {Echo}";
            error["metadata"] = new JsonObject { ["request"] = Echo };
            http.Response.Headers["X-Request-Echo"] = string.Concat(Echo.Where(c => c is >= ' ' and <= '~'));
        }

        Status = status;
        Body = shape.Apply(new() { ["error"] = error }).ToJsonString(SandboxJson.Options);
    }

    internal Task RespondAsync()
    {
        if (HttpProtocol.IsHttp11(request.Protocol)
            && http.Features.Get<IConnectionItemsFeature>()?.Items is { } items
            && items.TryGetValue(CopyOfResponse, out var copy))
        {
            items[CopyOfResponse] = (Status, Body);
            (Status, Body) = ((int, string))copy!;
        }

        return SendAsync(Status, Json, Body);
    }

    /// <summary>Responds, and sends a copy instead of the next response on this connection, and so on.</summary>
    internal Task RespondTwiceAsync()
    {
        http.Features.Get<IConnectionItemsFeature>()?.Items.TryAdd(CopyOfResponse, (Status, Body));
        return RespondAsync();
    }

    internal async Task SendAsync(int status, string contentType, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        Start(status, contentType, bytes.Length);
        await WriteAsync(bytes);
    }

    internal void Start(int status, string contentType, long? contentLength)
    {
        request.Status = status;
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = contentLength;
    }

    /// <summary>Sends a part of a body; false once nobody reads it.</summary>
    internal async Task<bool> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        var flushed = await http.Response.BodyWriter.WriteAsync(bytes, Gone);
        return !flushed.IsCompleted && !flushed.IsCanceled && !Gone.IsCancellationRequested;
    }

    /// <summary>
    /// Ends the connection with a reset rather than an orderly end; the streams of an HTTP/2 connection are reset one by one.
    /// </summary>
    internal Task ResetAsync()
    {
        if (HttpProtocol.IsHttp11(request.Protocol) && http.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        http.Abort();
        return Task.CompletedTask;
    }

    /// <summary>Ends the connection normally, after the data that was sent before.</summary>
    internal async Task CloseAsync()
    {
        if (Raw() is { } raw)
        {
            // Ends only the output: the sent data arrives, and then the client reads the end of the stream.
            // If the connection were cut before the client has read all data, the data could be lost.
            await raw.CompleteAsync();
            await UntilGoneAsync(TimeSpan.FromSeconds(10));
        }

        http.Abort();
    }

    /// <summary>The connection beneath HTTP/1.1 (and above TLS), for responses that a correct HTTP server refuses to send.</summary>
    internal PipeWriter? Raw() =>
        HttpProtocol.IsHttp11(request.Protocol) ? http.Features.Get<IConnectionTransportFeature>()?.Transport.Output : null;
}
