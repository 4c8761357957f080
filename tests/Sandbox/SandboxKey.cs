using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenRouter.Byok.Sandbox;

/// <summary>
/// A key as the sandbox holds it: the JSON object that the API shows, and the raw key. The properties name the fields that
/// tests use; the others are reached by their names in the API.
/// </summary>
public sealed record SandboxKey
{
    private readonly JsonObject _fields;
    private byte[]? _json;
    private (Guid? Workspace, string Provider)? _place;

    internal SandboxKey(JsonObject fields) => _fields = fields;

    private SandboxKey(SandboxKey other)
    {
        _fields = other.ToJson();
        RawKey = other.RawKey;
        Changes = other.Changes;
        DeletedAt = other.DeletedAt;
    }

    /// <summary>The id.</summary>
    public Guid Id { get => Guid.Parse((string)Get()!); init => Set(value.ToString()); }

    /// <summary>The provider slug.</summary>
    public string Provider { get => (string)Get()!; init => Set(value); }

    /// <summary>The workspace; null for a global key.</summary>
    public Guid? WorkspaceId { get => (string?)Get() is { } id ? Guid.Parse(id) : null; init => Set(value?.ToString()); }

    /// <summary>The masked form of the raw key.</summary>
    public string Label { get => (string)Get()!; init => Set(value); }

    /// <summary>The name; null if it has none.</summary>
    public string? Name { get => (string?)Get(); init => Set(value); }

    /// <summary>Whether it is disabled.</summary>
    public bool Disabled { get => (bool)Get()!; init => Set(value); }

    /// <summary>Whether it is tried after the provider's other keys.</summary>
    public bool IsFallback { get => (bool)Get()!; init => Set(value); }

    /// <summary>Whether OpenRouter's own endpoints are removed for the models of this key.</summary>
    public bool IsRequired { get => (bool)Get()!; init => Set(value); }

    /// <summary>Whether OpenRouter's own endpoints are removed for every model.</summary>
    public bool IsByokOnly { get => (bool)Get()!; init => Set(value); }

    /// <summary>Whether zero data retention is declared; null if nothing is.</summary>
    public bool? DeclaredZdr { get => (bool?)Get(); init => Set(value); }

    /// <summary>The declared data region; null if none is.</summary>
    public string? DeclaredRegion { get => (string?)Get(); init => Set(value); }

    /// <summary>The models it may be used for; null means all.</summary>
    public IReadOnlyList<string>? AllowedModels { get => Texts(); init => Set(Array(value)); }

    /// <summary>The hashes of the API keys that may use it; null means all.</summary>
    public IReadOnlyList<string>? AllowedApiKeyHashes { get => Texts(); init => Set(Array(value)); }

    /// <summary>The users who may use it; null means all.</summary>
    public IReadOnlyList<string>? AllowedUserIds { get => Texts(); init => Set(Array(value)); }

    /// <summary>Its place among the keys of its provider and workspace.</summary>
    public int SortOrder { get => (int)Get()!; init => Set(value); }

    /// <summary>When it was created; a rotation does not change it.</summary>
    public DateTimeOffset CreatedAt
    {
        get => DateTimeOffset.Parse((string)Get()!, CultureInfo.InvariantCulture);
        init => Set(SandboxJson.Timestamp(value));
    }

    /// <summary>The raw key; null once the key is deleted.</summary>
    public string? RawKey { get; init; }

    /// <summary>How many updates it has had.</summary>
    public int Changes { get; init; }

    /// <summary>When it was deleted; null while it exists.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Where it is listed, read once; for the store, under its lock.</summary>
    internal (Guid? Workspace, string Provider) Place => _place ??= (WorkspaceId, Provider);

    /// <summary>The object that the API shows, serialized once.</summary>
    internal ReadOnlyMemory<byte> Json => _json ??= JsonSerializer.SerializeToUtf8Bytes(_fields, SandboxJson.Options);

    /// <inheritdoc/>
    public bool Equals(SandboxKey? other) =>
        other is not null && RawKey == other.RawKey && Changes == other.Changes && DeletedAt == other.DeletedAt && Json.Span.SequenceEqual(other.Json.Span);

    /// <inheritdoc/>
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
