namespace OpenRouter.Byok;

/// <summary>
/// A provider key that OpenRouter stores, with every field that the API returns. The raw key is not one of them: the API
/// never returns it.
/// </summary>
/// <remarks>
/// Read-only: change a key with <c>Set-ByokKey</c>. Control characters in text that came from the server are replaced
/// by visible ones, so that a name cannot control a terminal.
/// </remarks>
public sealed record ByokKey
{
    internal ByokKey()
    {
    }

    /// <summary>The name given by an administrator (<c>name</c>), or <see langword="null"/>.</summary>
    public string? Name { get; internal set; }

    /// <summary>The provider's slug (<c>provider</c>), for example <c>openai</c>. The set of slugs is open.</summary>
    public string? Provider { get; internal set; }

    /// <summary>The raw key, masked by the server to its first and last characters (<c>label</c>); changes with a rotation.</summary>
    public string? Label { get; internal set; }

    /// <summary>Whether the key is disabled (<c>disabled</c>).</summary>
    public bool Disabled { get; internal set; }

    /// <summary>Whether the key is tried after the provider's other keys (<c>is_fallback</c>).</summary>
    public bool IsFallback { get; internal set; }

    /// <summary>
    /// Whether OpenRouter's shared endpoints of the provider are removed for the models that this key applies to
    /// (<c>is_required</c>); any of the account's keys may serve them.
    /// </summary>
    public bool IsRequired { get; internal set; }

    /// <summary>
    /// Whether OpenRouter's shared endpoints of the provider are removed for every model, even if all keys failed
    /// (<c>is_byok_only</c>).
    /// </summary>
    public bool IsByokOnly { get; internal set; }

    /// <summary>
    /// Whether the administrator declares zero data retention with the provider (<c>declared_zdr</c>);
    /// <see langword="null"/> if nothing is declared and OpenRouter's own policy applies.
    /// </summary>
    public bool? DeclaredZdr { get; internal set; }

    /// <summary>
    /// The data region that the administrator declares for the provider's account (<c>declared_region</c>): <c>global</c>,
    /// <c>europe</c> or <c>us</c>, an open set; <see langword="null"/> if none is declared.
    /// </summary>
    public string? DeclaredRegion { get; internal set; }

    /// <summary>The models that may use the key (<c>allowed_models</c>); <see langword="null"/> means any.</summary>
    public AllowList? AllowedModels { get; internal set; }

    /// <summary>The hashes of the API keys that may use the key (<c>allowed_api_key_hashes</c>); <see langword="null"/> means any.</summary>
    public AllowList? AllowedApiKeyHashes { get; internal set; }

    /// <summary>The users that may use the key (<c>allowed_user_ids</c>); <see langword="null"/> means any.</summary>
    public AllowList? AllowedUserIds { get; internal set; }

    /// <summary>
    /// The position among the keys of the provider, tried in ascending order (<c>sort_order</c>); <see langword="null"/>
    /// if the response has none.
    /// </summary>
    public long? SortOrder { get; internal set; }

    /// <summary>The workspace of the key (<c>workspace_id</c>); <see langword="null"/> for a global key, usable in every workspace.</summary>
    public string? WorkspaceId { get; internal set; }

    /// <summary>
    /// When the key was created, in local time with its offset (<c>created_at</c>); a rotation does not change it. <see langword="null"/>
    /// if the response has no time.
    /// </summary>
    public DateTimeOffset? CreatedAt { get; internal set; }

    /// <summary>The id of the key, a UUID (<c>id</c>).</summary>
    public string Id { get; internal set; } = string.Empty;

    /// <summary>
    /// Other fields of the response, by the API's names, as text, numbers, Booleans, arrays and
    /// dictionaries; <see langword="null"/> if there are none.
    /// </summary>
    public IReadOnlyDictionary<string, object?>? AdditionalProperties { get; internal set; }

    /// <summary>
    /// The state that the flags give: <c>disabled</c>, <c>fallback</c>, <c>byok-only</c>, <c>required</c> or
    /// <c>enabled</c>; the first of these that applies.
    /// </summary>
    public string State =>
        Disabled ? "disabled"
        : IsFallback ? "fallback"
        : IsByokOnly ? "byok-only"
        : IsRequired ? "required"
        : "enabled";

    /// <summary>The workspace in whose listing the key was found, by name if it is known; <see langword="null"/> if only one workspace was listed.</summary>
    internal string? ListedIn { get; set; }

    /// <summary>The key in every message: its name, or its id if it has no name, with provider and label.</summary>
    public override string ToString() => $"{(string.IsNullOrEmpty(Name) ? Id : ShownText.MarkInvisible(Name!))} ({Provider}, {Label})";
}
