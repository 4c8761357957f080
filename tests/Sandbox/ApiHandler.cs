using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace OpenRouter.Byok.Sandbox;

/// <summary>Handles requests: log, body, latency, hooks, rate limit and faults around the operations of the API.</summary>
internal sealed class ApiHandler(SandboxServer server, SandboxOptions options)
{
    private readonly Api _api = new(server.Store, options.ManagementKey);
    private readonly ControlEndpoint? _control = options.ControlEndpoint ? new(server) : null;

    internal async Task HandleAsync(HttpContext http)
    {
        var target = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (_control is not null && target.StartsWith(ControlEndpoint.BasePath, StringComparison.Ordinal))
        {
            await _control.HandleAsync(http, target[ControlEndpoint.BasePath.Length..]);
            return;
        }

        // The web server would take the date from the system.
        var now = options.Time.GetUtcNow();
        http.Response.Headers.Date = now.ToString("R", CultureInfo.InvariantCulture);
        var request = ReceivedRequest.From(http, target, now);
        if (options.LogRequests)
        {
            server.Requests.Enqueue(request);
        }

        using var call = new ApiCall(http, request, server);
        server.Enter();
        try
        {
            await HandleAsync(call);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or BadHttpRequestException
            || (gone is InvalidOperationException && call.Gone.IsCancellationRequested))
        {
            // The client has disconnected, or the server stops: a response is not possible.
            http.Abort();
        }
        finally
        {
            server.Leave();
        }
    }

    private async Task HandleAsync(ApiCall call)
    {
        var request = call.Request;
        if (server.Faults.Pick(request, beforeBody: true) is { } early)
        {
            request.Fault = early.Name;
            await early.Act!(call);
            return;
        }

        using var body = new MemoryStream();
        await call.Http.Request.Body.CopyToAsync(body);
        request.BodyReceived = true;
        request.Body = Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);

        // A server that has received a request processes it, whether or not the client still waits.
        var latency = server.Latency + (server.LatencyJitter * Random.Shared.NextDouble());
        if (latency > TimeSpan.Zero)
        {
            await Task.Delay(latency, options.Time, server.Stopping);
        }

        await (server.OnRequest?.Invoke(request) ?? Task.CompletedTask);
        if (server.RateLimit?.Admit(options.Time) == false)
        {
            call.Http.Response.Headers.RetryAfter = "1";
            call.Refuse(429, "Rate limit exceeded", server.Shape);
            await call.RespondAsync();
            return;
        }

        var fault = server.Faults.Pick(request, beforeBody: false);
        request.Fault = fault?.Name;
        if (fault?.Commits != false)
        {
            _api.Perform(call, body.GetBuffer().AsMemory(0, (int)body.Length), fault?.Change(server.Shape) ?? server.Shape, fault?.Late);
            await (server.OnHandled?.Invoke(request) ?? Task.CompletedTask);
        }

        await (fault?.Act?.Invoke(call) ?? call.RespondAsync());
    }
}
