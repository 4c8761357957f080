using System.Collections.Concurrent;
using Microsoft.AspNetCore.WebUtilities;

namespace OpenRouter.Byok.Sandbox;

/// <summary>The operations of the API, as fault rules and the request log name them; an unknown path or method is none of them.</summary>
public enum ApiOperation
{
    Unknown,
    List,
    Get,
    Create,
    Update,
    Delete,
    ListWorkspaces,
}

/// <summary>A request as the server received it, and its outcome.</summary>
public sealed class ReceivedRequest
{
    internal const string BasePath = "/api/v1";

    public required ApiOperation Operation { get; init; }

    public required string Method { get; init; }

    /// <summary>The request target exactly as sent, query and percent signs included.</summary>
    public required string Target { get; init; }

    public string Path => Target.Split('?', 2)[0];

    /// <summary>The part of the target after the question mark; empty if there is none.</summary>
    public string Query => Target.Split('?', 2) is [_, var query] ? query : "";

    /// <summary>The last segment of the path where the operation takes an id, exactly as sent.</summary>
    public string? Id { get; init; }

    /// <summary><c>HTTP/1.1</c> or <c>HTTP/2</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>The connection it came on; requests with the same value shared one.</summary>
    public required string Connection { get; init; }

    /// <summary>The headers; values that came more than once are joined by commas.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>When its headers had arrived.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Whether the whole body arrived; false also where a fault left it unread.</summary>
    public bool BodyReceived { get; internal set; }

    /// <summary>The body as text; empty if there is none.</summary>
    public string Body { get; internal set; } = "";

    /// <summary>The status of the response; null if none was sent.</summary>
    public int? Status { get; internal set; }

    /// <summary>The name of the fault that was applied to it, if any.</summary>
    public string? Fault { get; internal set; }

    /// <summary>A header, or null if it was not sent.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>A query parameter, decoded, or null if it was not sent.</summary>
    public string? QueryValue(string name) => QueryHelpers.ParseQuery(Query).TryGetValue(name, out var value) ? (string?)value : null;

    public override string ToString() => $"{Method} {Target} -> {Status}";

    /// <summary>
    /// Reads the raw request target, not the path that the server has decoded and normalized: an id that contains
    /// <c>..</c> or <c>%2F</c> must not become another operation.
    /// </summary>
    internal static ReceivedRequest From(HttpContext http, string target, DateTimeOffset receivedAt)
    {
        var path = target.Split('?', 2)[0];
        var segments = path.StartsWith(BasePath, StringComparison.Ordinal) ? path[BasePath.Length..].Split('/') : [];
        return new()
        {
            Operation = (http.Request.Method, segments) switch
            {
                ("GET", ["", "byok"]) => ApiOperation.List,
                ("POST", ["", "byok"]) => ApiOperation.Create,
                ("GET", ["", "byok", not ""]) => ApiOperation.Get,
                ("PATCH", ["", "byok", not ""]) => ApiOperation.Update,
                ("DELETE", ["", "byok", not ""]) => ApiOperation.Delete,
                ("GET", ["", "workspaces"]) => ApiOperation.ListWorkspaces,
                _ => ApiOperation.Unknown,
            },
            Method = http.Request.Method,
            Target = target,
            Id = segments is ["", "byok", var id] ? id : null,
            Protocol = http.Request.Protocol,
            Connection = http.Connection.Id,
            ReceivedAt = receivedAt,
            Headers = http.Request.Headers
                .ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
        };
    }
}

/// <summary>The received requests in order of arrival. Enumerating it is safe while requests arrive.</summary>
public sealed class RequestLog : ConcurrentQueue<ReceivedRequest>
{
    public ReceivedRequest this[int index] => this.ElementAt(index);

    /// <summary>The requests for one operation.</summary>
    public IReadOnlyList<ReceivedRequest> Of(ApiOperation operation) => [.. this.Where(request => request.Operation == operation)];
}
