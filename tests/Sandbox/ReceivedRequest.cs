namespace OpenRouter.Byok.Sandbox;

/// <summary>A request as the server received it, and what became of it.</summary>
public sealed class ReceivedRequest
{
    internal static readonly IReadOnlyDictionary<string, string> NoHeaders = new Dictionary<string, string>();

    /// <summary>Its place in the order of arrival, from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>What it asks for.</summary>
    public required ApiOperation Operation { get; init; }

    /// <summary>The HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>The request target just as sent, query and percent signs included.</summary>
    public required string Target { get; init; }

    /// <summary>The part of the target before the question mark.</summary>
    public required string Path { get; init; }

    /// <summary>The part of the target after the question mark; empty where there is none.</summary>
    public required string Query { get; init; }

    /// <summary>The last segment of the path where the operation takes an id, just as sent.</summary>
    public string? Id { get; init; }

    /// <summary><c>HTTP/1.1</c> or <c>HTTP/2</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>Which connection it came on; requests with the same value shared one.</summary>
    public required string Connection { get; init; }

    /// <summary>The headers; values that came more than once are joined by commas.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = NoHeaders;

    /// <summary>When its headers had arrived.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Whether the whole body arrived; false also when a fault left it unread.</summary>
    public bool BodyReceived { get; internal set; }

    /// <summary>The body as text; empty where there is none.</summary>
    public string Body { get; internal set; } = "";

    /// <summary>The status of the answer; null while there is none, and where none was sent.</summary>
    public int? Status { get; internal set; }

    /// <summary>The name of the fault that befell it, if any.</summary>
    public string? Fault { get; internal set; }

    /// <summary>When handling it was over; null while it goes on.</summary>
    public DateTimeOffset? CompletedAt { get; internal set; }

    /// <summary>A header, or null where it was not sent.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>A query parameter, decoded, or null where it was not sent.</summary>
    public string? QueryValue(string name) =>
        Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(Query).TryGetValue(name, out var value) ? (string?)value : null;

    /// <inheritdoc/>
    public override string ToString() => $"#{Sequence} {Method} {Target} -> {Status?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"}";
}
