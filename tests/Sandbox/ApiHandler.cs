using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace OpenRouter.Byok.Sandbox;

/// <summary>Carries out requests: log, body, latency, hooks, rate limit and faults around the operations of the API.</summary>
internal sealed class ApiHandler(SandboxServer server, SandboxOptions options, CancellationToken stopping)
{
    private const int MaximumBody = 1 << 20;
    private const int MaximumLimit = 100;
    private const int DefaultLimit = 50;
    private const string Json = "application/json";
    private const string CopyOfResponse = "sandbox: copy of the response";

    private readonly byte[] _authorization = Encoding.UTF8.GetBytes("Bearer " + options.ManagementKey);
    private readonly ControlEndpoint? _control = options.ControlEndpoint ? new ControlEndpoint(server) : null;
    private long _lastSequence;

    internal SandboxServer Server => server;

    internal async Task HandleAsync(HttpContext http)
    {
        var target = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (_control is not null && target.StartsWith(ControlEndpoint.BasePath, StringComparison.Ordinal))
        {
            await _control.HandleAsync(http, target).ConfigureAwait(false);
            return;
        }

        server.Enter();
        ReceivedRequest? request = null;
        try
        {
            request = Receive(http, target, out var allow);
            await HandleAsync(http, request, allow).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or InvalidOperationException && IsOver(http))
        {
            // The client went away, or the server is being stopped: nobody is left to answer.
            http.Abort();
        }
        finally
        {
            request?.CompletedAt = DateTimeOffset.UtcNow;
            server.Leave();
        }
    }

    internal async Task WriteErrorAsync(HttpContext http, ReceivedRequest request, int status, string message)
    {
        var shape = server.Shape;
        var echo = shape.EchoRequest ? Echo(http, request) : null;
        if (echo is not null)
        {
            http.Response.Headers["X-Request-Echo"] = string.Concat(echo.Where(c => c is >= ' ' and <= '~'));
        }

        await WriteAsync(http, request, status, ApiJson.Error(status, message, shape, echo)).ConfigureAwait(false);
    }

    /// <summary>Sends the response, and a copy of it in place of the next response on this connection, and so on.</summary>
    internal static Task SendTwiceAsync(HttpContext http, ReceivedRequest request, ApiResponse response)
    {
        var items = http.Features.Get<IConnectionItemsFeature>()?.Items;
        if (items is not null && HttpProtocol.IsHttp11(request.Protocol))
        {
            items.TryAdd(CopyOfResponse, response);
        }

        return WriteAsync(http, request, response.Status, response.Body);
    }

    internal static string Echo(HttpContext http, ReceivedRequest request) => $"{http.Request.Headers.Authorization} {request.Body}";

    private static async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpContext http)
    {
        var reader = http.Request.BodyReader;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync().ConfigureAwait(false);
                if (read.IsCompleted || read.Buffer.Length > MaximumBody)
                {
                    var body = read.Buffer.Length > MaximumBody ? null : (ReadOnlyMemory<byte>?)read.Buffer.ToArray();
                    reader.AdvanceTo(read.Buffer.End);
                    return body;
                }

                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (Exception broken) when (broken is IOException or BadHttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task WriteAsync(HttpContext http, ReceivedRequest request, int status, byte[] body)
    {
        if (http.Features.Get<IConnectionItemsFeature>()?.Items is { } items
            && items.TryGetValue(CopyOfResponse, out var copy))
        {
            items[CopyOfResponse] = new ApiResponse(status, body);
            (status, body, _) = (ApiResponse)copy!;
        }

        request.Status = status;
        http.Response.StatusCode = status;
        http.Response.ContentType = Json;
        http.Response.ContentLength = body.Length;
        await http.Response.BodyWriter.WriteAsync(body).ConfigureAwait(false);
    }

    private static Guid Id(string? text) =>
        Guid.TryParseExact(text, "D", out var id) ? id : throw new ApiException(404, "BYOK key not found");

    private static (long Offset, int Limit, Guid? Workspace, string? Provider) Query(ReceivedRequest request, bool keys)
    {
        long offset = 0;
        var limit = DefaultLimit;
        Guid? workspace = null;
        string? provider = null;
        foreach (var pair in new QueryStringEnumerable(request.Query))
        {
            var name = pair.DecodeName().ToString();
            var value = pair.DecodeValue().ToString();
            switch (name)
            {
                case "offset":
                    offset = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
                        ? from
                        : throw new ApiException(400, "offset: Expected an integer that is not negative");
                    break;
                case "limit":
                    limit = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= MaximumLimit
                        ? count
                        : throw new ApiException(400, $"limit: Expected an integer from 1 to {MaximumLimit}");
                    break;
                case "workspace_id" when keys:
                    workspace = Guid.TryParseExact(value, "D", out var id) ? id : throw new ApiException(400, "workspace_id: Invalid uuid");
                    break;
                case "provider" when keys:
                    provider = value.Length > 0 ? value : throw new ApiException(400, "provider: Invalid provider slug");
                    break;
                default:
                    throw new ApiException(400, $"Unrecognized query parameter: {name}");
            }
        }

        return (offset, limit, workspace, provider);
    }

    private bool IsOver(HttpContext http) => http.RequestAborted.IsCancellationRequested || stopping.IsCancellationRequested;

    private ReceivedRequest Receive(HttpContext http, string target, out string? allow)
    {
        var route = ApiRoute.Parse(http.Request.Method, target);
        allow = route.Allow;
        var detailed = server.Requests.Enabled || server.OnRequest is not null || server.OnHandled is not null || server.Faults.Rules.Count > 0;
        var request = new ReceivedRequest
        {
            Sequence = Interlocked.Increment(ref _lastSequence),
            Operation = route.Operation,
            Method = http.Request.Method,
            Target = target,
            Path = route.Path,
            Query = route.Query,
            Id = route.Id,
            Protocol = http.Request.Protocol,
            Connection = http.Connection.Id,
            ReceivedAt = DateTimeOffset.UtcNow,
            Headers = detailed
                ? http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)
                : ReceivedRequest.NoHeaders,
        };
        if (server.Requests.Enabled)
        {
            server.Requests.Add(request);
        }

        return request;
    }

    private async Task HandleAsync(HttpContext http, ReceivedRequest request, string? allow)
    {
        var faulty = server.Faults.Rules.Count > 0;
        var fault = faulty ? server.Faults.Pick(request, beforeBody: true) : null;
        if (fault is not null)
        {
            await ActAsync(http, request, fault, new(200, [])).ConfigureAwait(false);
            return;
        }

        ReadOnlyMemory<byte>? body = ReadOnlyMemory<byte>.Empty;
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            body = await ReadBodyAsync(http).ConfigureAwait(false);
            if (body is null && IsOver(http))
            {
                return;
            }
        }

        request.BodyReceived = body is not null;
        if (body is { Length: > 0 } text && request.Headers.Count > 0)
        {
            request.Body = Encoding.UTF8.GetString(text.Span);
        }

        // A server that has received a request carries it out, whether or not the client still waits.
        if (server.NextLatency() is { Ticks: > 0 } latency)
        {
            await Task.Delay(latency, options.Time, stopping).ConfigureAwait(false);
        }

        if (server.OnRequest is { } onRequest)
        {
            await onRequest(request).ConfigureAwait(false);
        }

        if (server.Bucket is { } bucket && !bucket.Admit())
        {
            server.CountRefused();
            http.Response.Headers.RetryAfter = bucket.Limit.RetryAfterAsDate
                ? Faults.HttpDate(bucket.Limit.RetryAfterSeconds)
                : bucket.Limit.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
            await WriteErrorAsync(http, request, 429, "Rate limit exceeded").ConfigureAwait(false);
            return;
        }

        fault = faulty ? server.Faults.Pick(request, beforeBody: false) : null;
        if (fault is { Commits: false })
        {
            await ActAsync(http, request, fault, new(200, [])).ConfigureAwait(false);
            return;
        }

        var shape = fault?.Change(server.Shape) ?? server.Shape;
        var response = Respond(http, request, body, shape, fault?.Late, allow);
        if (server.OnHandled is { } onHandled)
        {
            await onHandled(request).ConfigureAwait(false);
        }

        if (fault is { Act: not null })
        {
            await ActAsync(http, request, fault, response).ConfigureAwait(false);
            return;
        }

        request.Fault = fault?.Name;
        if (response.Allow is not null)
        {
            http.Response.Headers.Allow = response.Allow;
        }

        await WriteAsync(http, request, response.Status, response.Body).ConfigureAwait(false);
    }

    private async Task ActAsync(HttpContext http, ReceivedRequest request, Fault fault, ApiResponse response)
    {
        request.Fault = fault.Name;
        using var context = new FaultContext(http, request, response, this, stopping);
        await fault.Act!(context).ConfigureAwait(false);
    }

    private ApiResponse Respond(HttpContext http, ReceivedRequest request, ReadOnlyMemory<byte>? body, ResponseShape shape, Lateness? late, string? allow)
    {
        try
        {
            if (!IsAuthorized(http))
            {
                throw new ApiException(401, "Invalid management key");
            }

            if (body is null)
            {
                throw new ApiException(400, "The request body is too large");
            }

            return request.Operation switch
            {
                ApiOperation.List => new(200, List(request, shape)),
                ApiOperation.ListWorkspaces => new(200, ListWorkspaces(request, shape)),
                ApiOperation.Get => new(200, Get(request, shape)),
                ApiOperation.Create => new(201, Create(http, body.Value, shape, late)),
                ApiOperation.Update => new(200, Update(http, request, body.Value, shape, late)),
                ApiOperation.Delete => new(200, Delete(request, late)),
                _ => allow is null
                    ? throw new ApiException(404, "Not Found")
                    : new(405, ApiJson.Error(405, "Method Not Allowed", shape), allow),
            };
        }
        catch (ApiException refused)
        {
            string? echo = null;
            if (shape.EchoRequest)
            {
                echo = Echo(http, request);
                http.Response.Headers["X-Request-Echo"] = string.Concat(echo.Where(c => c is >= ' ' and <= '~'));
            }

            return new(refused.Status, ApiJson.Error(refused.Status, refused.Message, shape, echo));
        }
    }

    private bool IsAuthorized(HttpContext http)
    {
        var header = http.Request.Headers.Authorization;
        if (header.Count != 1)
        {
            return false;
        }

        var given = header[0]!;
        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(Math.Min(given.Length, 512))];
        return given.Length <= 512 && CryptographicOperations.FixedTimeEquals(bytes[..Encoding.UTF8.GetBytes(given, bytes)], _authorization);
    }

    private byte[] List(ReceivedRequest request, ResponseShape shape)
    {
        var (offset, limit, workspace, provider) = Query(request, keys: true);
        if (shape.PagePayload?.Invoke(request) is { } payload)
        {
            return Encoding.UTF8.GetBytes(payload);
        }

        if (workspace is null)
        {
            workspace = server.Store.DefaultWorkspaceId
                ?? throw new ApiException(400, "The default workspace was deleted; workspace_id is needed");
        }
        else if (!server.Store.HasWorkspace(workspace.Value))
        {
            throw new ApiException(400, "workspace_id: Workspace not found");
        }

        var (page, total) = server.Store.Page(
            workspace, provider, offset, Math.Min(limit, shape.MaximumPage), server.NewestFirst, shape.TotalCountLag);
        Move(shape, null, workspace, provider);
        total = Math.Max(0, total + shape.TotalCountDelta);
        if (shape.DuplicateIds && page.Length > 0)
        {
            var before = offset > 0 ? server.Store.Page(workspace, provider, offset - 1, 1, server.NewestFirst).Page : [];
            page = [.. before, page[0], .. page];
        }

        return ApiJson.Page(page, total, shape);
    }

    private byte[] ListWorkspaces(ReceivedRequest request, ResponseShape shape)
    {
        var (offset, limit, _, _) = Query(request, keys: false);
        if (shape.PagePayload?.Invoke(request) is { } payload)
        {
            return Encoding.UTF8.GetBytes(payload);
        }

        var workspaces = server.Store.Workspaces;
        var page = workspaces.Skip((int)Math.Min(offset, int.MaxValue)).Take(Math.Min(limit, shape.MaximumPage)).ToList();
        if (shape.DuplicateIds && page.Count > 0)
        {
            page.Insert(0, page[0]);
        }

        return ApiJson.Workspaces(page, Math.Max(0, workspaces.Count + shape.TotalCountDelta), shape);
    }

    private byte[] Get(ReceivedRequest request, ResponseShape shape) =>
        Envelope(server.Store.FindCore(Id(request.Id)) ?? throw new ApiException(404, "BYOK key not found"), shape);

    private byte[] Envelope(KeyVersion version, ResponseShape shape)
    {
        Move(shape, version.Key.Id);
        return ApiJson.Envelope(shape.AnotherKey ? Another(version.Key) : version, shape);
    }

    private KeyVersion Another(SandboxKey key)
    {
        var rawKey = $"sk-another-{Guid.NewGuid():N}";
        return server.Store.AnotherThan(key.Id) ?? new(key with { Id = Guid.NewGuid(), Name = "another", Label = KeyLabel.Mask(rawKey) });
    }

    private void Move(ResponseShape shape, Guid? id, Guid? workspace = null, string? provider = null)
    {
        if (shape.Move != ListMove.None)
        {
            server.Store.Move(id, workspace, provider, toStart: shape.Move == ListMove.ToStart);
        }
    }

    private byte[] Create(HttpContext http, ReadOnlyMemory<byte> body, ResponseShape shape, Lateness? late)
    {
        CheckContentType(http);
        var fields = KeyFields.Parse(body, create: true);
        CheckHashes(fields);
        if (fields.WorkspaceId.IsSet && options.ForeignWorkspaceIds.Contains(fields.WorkspaceId.Value))
        {
            throw new ApiException(403, "The workspace belongs to another account");
        }

        if (fields.WorkspaceId.IsSet && !server.Store.HasWorkspace(fields.WorkspaceId.Value))
        {
            throw new ApiException(400, "workspace_id: Workspace not found");
        }

        var workspace = fields.WorkspaceId.IsSet
            ? fields.WorkspaceId.Value
            : server.Store.DefaultWorkspaceId ?? throw new ApiException(400, "The default workspace was deleted; workspace_id is needed");
        var key = server.Store.Add(
            fields.Provider.Value, fields.Key.Value, null, added => fields.ApplyTo(added with { WorkspaceId = workspace }), late);
        return Envelope(new KeyVersion(key), shape);
    }

    private byte[] Update(HttpContext http, ReceivedRequest request, ReadOnlyMemory<byte> body, ResponseShape shape, Lateness? late)
    {
        var id = Id(request.Id);
        CheckContentType(http);
        var fields = KeyFields.Parse(body, create: false);
        CheckHashes(fields);
        return Envelope(server.Store.UpdateCore(id, fields.ApplyTo, late) ?? throw new ApiException(404, "BYOK key not found"), shape);
    }

    private byte[] Delete(ReceivedRequest request, Lateness? late) =>
        server.Store.Remove(Id(request.Id), late) ? ApiJson.Deleted : throw new ApiException(404, "BYOK key not found");

    private static void CheckContentType(HttpContext http)
    {
        var type = http.Request.ContentType;
        if (type?.Split(';', 2)[0].Trim().Equals(Json, StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new ApiException(400, $"Content-Type: Expected {Json}");
        }
    }

    private void CheckHashes(KeyFields fields)
    {
        if (fields.AllowedApiKeyHashes.Value is { } hashes && !server.Store.HasApiKeys(hashes))
        {
            throw new ApiException(400, "allowed_api_key_hashes: Each API key must belong to the account");
        }
    }
}
