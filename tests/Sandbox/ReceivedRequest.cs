using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.WebUtilities;

namespace OpenRouter.Byok.Sandbox;

/// <summary>A request as the server received it, and its outcome.</summary>
public sealed class ReceivedRequest
{
    internal const string BasePath = "/api/v1";

    internal static readonly IReadOnlyDictionary<string, string> NoHeaders = new Dictionary<string, string>();

    /// <summary>Its number in the order of arrival, from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>Its operation.</summary>
    public required ApiOperation Operation { get; init; }

    /// <summary>The HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>The request target exactly as sent, query and percent signs included.</summary>
    public required string Target { get; init; }

    /// <summary>The part of the target before the question mark.</summary>
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
    public IReadOnlyDictionary<string, string> Headers { get; init; } = NoHeaders;

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

    /// <summary>The methods that its path takes, where the operation is unknown for its method alone.</summary>
    [JsonIgnore]
    internal string? Allow { get; private init; }

    /// <summary>A header, or null if it was not sent.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>A query parameter, decoded, or null if it was not sent.</summary>
    public string? QueryValue(string name) => QueryHelpers.ParseQuery(Query).TryGetValue(name, out var value) ? (string?)value : null;

    /// <inheritdoc/>
    public override string ToString() => $"#{Sequence} {Method} {Target} -> {Status?.ToString(CultureInfo.InvariantCulture) ?? "-"}";

    /// <summary>
    /// Reads the raw request target, not the path that the server has decoded and normalized: an id that contains
    /// <c>..</c> or <c>%2F</c> must not become another operation.
    /// </summary>
    internal static ReceivedRequest From(HttpContext http, string target, long sequence, DateTimeOffset receivedAt, bool withHeaders)
    {
        var path = target.Split('?', 2)[0];
        var segments = path.StartsWith(BasePath, StringComparison.Ordinal) ? path[BasePath.Length..].Split('/') : [];
        (string Method, ApiOperation Operation)[] operations = segments switch
        {
            ["", "byok"] => [("GET", ApiOperation.List), ("POST", ApiOperation.Create)],
            ["", "byok", not ""] => [("GET", ApiOperation.Get), ("PATCH", ApiOperation.Update), ("DELETE", ApiOperation.Delete)],
            ["", "workspaces"] => [("GET", ApiOperation.ListWorkspaces)],
            _ => [],
        };
        var operation = operations.FirstOrDefault(each => each.Method == http.Request.Method).Operation;
        return new()
        {
            Sequence = sequence,
            Operation = operation,
            Method = http.Request.Method,
            Target = target,
            Id = segments is ["", "byok", var id] ? id : null,
            Protocol = http.Request.Protocol,
            Connection = http.Connection.Id,
            ReceivedAt = receivedAt,
            Headers = withHeaders
                ? http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)
                : NoHeaders,
            Allow = operation == ApiOperation.Unknown && operations.Length > 0 ? string.Join(", ", operations.Select(each => each.Method)) : null,
        };
    }
}
