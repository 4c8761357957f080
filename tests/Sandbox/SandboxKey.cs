using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace OpenRouter.Byok.Sandbox;

/// <summary>
/// A key as the sandbox holds it: the JSON object that the API shows, and the raw key. The properties are fields that tests
/// use, under their names in the API; the object may hold others.
/// </summary>
public sealed record SandboxKey
{
    private readonly JsonObject _fields;
    private string? _json;
    private (Guid? Workspace, string Provider)? _place;

    internal SandboxKey(JsonObject fields) => _fields = fields;

    private SandboxKey(SandboxKey other)
    {
        _fields = other.ToJson();
        RawKey = other.RawKey;
        Changes = other.Changes;
    }

    public Guid Id { get => Guid.Parse((string)Get()!); init => Set(value.ToString()); }

    public string Provider { get => (string)Get()!; init => Set(value); }

    /// <summary>The workspace; null for a global key.</summary>
    public Guid? WorkspaceId { get => (string?)Get() is { } id ? Guid.Parse(id) : null; init => Set(value?.ToString()); }

    public string Label { get => (string)Get()!; init => Set(value); }

    public string? Name { get => (string?)Get(); init => Set(value); }

    public bool Disabled { get => (bool)Get()!; init => Set(value); }

    public bool IsFallback { get => (bool)Get()!; init => Set(value); }

    public bool IsRequired { get => (bool)Get()!; init => Set(value); }

    public bool IsByokOnly { get => (bool)Get()!; init => Set(value); }

    public bool? DeclaredZdr { get => (bool?)Get(); init => Set(value); }

    public string? DeclaredRegion { get => (string?)Get(); init => Set(value); }

    public IReadOnlyList<string>? AllowedModels { get => Texts(); init => Set(Array(value)); }

    public IReadOnlyList<string>? AllowedApiKeyHashes { get => Texts(); init => Set(Array(value)); }

    public IReadOnlyList<string>? AllowedUserIds { get => Texts(); init => Set(Array(value)); }

    public int SortOrder { get => (int)Get()!; init => Set(value); }

    public DateTimeOffset CreatedAt
    {
        get => DateTimeOffset.Parse((string)Get()!, CultureInfo.InvariantCulture);
        init => Set(SandboxJson.Timestamp(value));
    }

    public string? RawKey { get; init; }

    /// <summary>How many updates it has had.</summary>
    public int Changes { get; init; }

    /// <summary>Where it is listed, read once; for the store, under its lock.</summary>
    internal (Guid? Workspace, string Provider) Place => _place ??= (WorkspaceId, Provider);

    /// <summary>The object that the API shows, serialized once.</summary>
    internal string Json => _json ??= _fields.ToJsonString(SandboxJson.Options);

    public bool Equals(SandboxKey? other) => other is not null && (RawKey, Changes, Json) == (other.RawKey, other.Changes, other.Json);

    public override int GetHashCode() => Id.GetHashCode();

    /// <summary>A copy of the object that the API shows.</summary>
    internal JsonObject ToJson() => _fields.DeepClone().AsObject();

    /// <summary>The key with the fields of a request, whatever they are, and its new raw key.</summary>
    internal SandboxKey With(JsonObject request)
    {
        var fields = ToJson();
        foreach (var (name, value) in request.Where(field => field.Key != "key"))
        {
            fields[name] = value?.DeepClone();
        }

        var rawKey = (string?)request["key"];
        return new(fields)
        {
            Label = rawKey is null ? Label : KeyLabel.Mask(rawKey),
            RawKey = rawKey ?? RawKey,
            Changes = Changes,
        };
    }

    private static string FieldName(string property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property);

    private static JsonArray? Array(IReadOnlyList<string>? texts) => texts is null ? null : [.. texts.Select(text => (JsonNode?)text)];

    private JsonNode? Get([CallerMemberName] string property = "") => _fields[FieldName(property)];

    private void Set(JsonNode? value, [CallerMemberName] string property = "") => _fields[FieldName(property)] = value;

    private string[]? Texts([CallerMemberName] string property = "") => Get(property)?.AsArray().Select(text => (string)text!).ToArray();
}

/// <summary>The masked form of a raw key, which the API shows instead of the raw key.</summary>
public static class KeyLabel
{
    /// <summary>
    /// The first three and last four characters (<c>sk-...AbCd</c>); two and two of a key of 8 to 11 characters,
    /// and nothing of a shorter one.
    /// </summary>
    public static string Mask(string rawKey)
    {
        // Characters, not UTF-16 units: half of a surrogate pair would not survive JSON.
        var runes = rawKey.EnumerateRunes().ToArray();
        var (first, last) = runes.Length switch { < 8 => (0, 0), < 12 => (2, 2), _ => (3, 4) };
        return string.Concat(runes[..first]) + "..." + string.Concat(runes[^last..]);
    }
}

/// <summary>How the sandbox writes and reads JSON.</summary>
internal static class SandboxJson
{
    internal static JsonSerializerOptions Options { get; } = new()
    {
        // Like JavaScript servers: only characters that JSON requires to be escaped are escaped.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter() },
    };

    internal static string Timestamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
