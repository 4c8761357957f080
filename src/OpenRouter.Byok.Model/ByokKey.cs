namespace OpenRouter.Byok;

/// <summary>
/// A provider key that OpenRouter stores: everything the API tells of it. The raw key is never among it; the API
/// gives it back to nobody.
/// </summary>
/// <remarks>
/// Control characters in text that came from the server are replaced by visible ones, so that a name cannot paint a
/// terminal.
/// </remarks>
public sealed record ByokKey
{
    /// <summary>The name given by an administrator (<c>name</c>), or <see langword="null"/>.</summary>
    public string? Name { get; init; }

    /// <summary>The provider's slug (<c>provider</c>), for example <c>openai</c>. The set of slugs is open.</summary>
    public string? Provider { get; init; }

    /// <summary>The raw key, masked by the server to its first and last characters (<c>label</c>); changes with a rotation.</summary>
    public string? Label { get; init; }

    /// <summary>Whether the key is out of use (<c>disabled</c>).</summary>
    public bool Disabled { get; init; }

    /// <summary>Whether the key is tried only after OpenRouter's own capacity (<c>is_fallback</c>).</summary>
    public bool IsFallback { get; init; }

    /// <summary>Whether requests to the provider must use this key (<c>is_required</c>).</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether requests to the provider never fall back on OpenRouter's own capacity (<c>is_byok_only</c>).</summary>
    public bool IsByokOnly { get; init; }

    /// <summary>
    /// Whether the administrator declares zero data retention with the provider (<c>declared_zdr</c>);
    /// <see langword="null"/> where nothing is declared.
    /// </summary>
    public bool? DeclaredZdr { get; init; }

    /// <summary>The models that may use the key (<c>allowed_models</c>); <see langword="null"/> means any.</summary>
    public AllowList? AllowedModels { get; init; }

    /// <summary>The hashes of the API keys that may use the key (<c>allowed_api_key_hashes</c>); <see langword="null"/> means any.</summary>
    public AllowList? AllowedApiKeyHashes { get; init; }

    /// <summary>The users that may use the key (<c>allowed_user_ids</c>); <see langword="null"/> means any.</summary>
    public AllowList? AllowedUserIds { get; init; }

    /// <summary>The place among the keys of the provider, tried in ascending order (<c>sort_order</c>); <see langword="null"/> where the server does not tell.</summary>
    public int? SortOrder { get; init; }

    /// <summary>The workspace of the key (<c>workspace_id</c>); <see langword="null"/> for a global key, usable in every workspace.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>When the key was created, in local time (<c>created_at</c>); a rotation does not move it. <see langword="null"/> where the server does not tell.</summary>
    public DateTime? CreatedAt { get; init; }

    /// <summary>The id of the key, a UUID (<c>id</c>).</summary>
    public required string Id { get; init; }

    /// <summary>
    /// Fields of the answer that this version does not know, by their API names, as text, numbers, truth values, arrays
    /// and dictionaries; <see langword="null"/> where there are none.
    /// </summary>
    public IReadOnlyDictionary<string, object?>? AdditionalProperties { get; init; }

    /// <summary>The name where there is one, the provider and label, and the id: enough to recognise the key in a prompt.</summary>
    public override string ToString() =>
        string.IsNullOrEmpty(Name) ? $"{Provider} {Label} ({Id})" : $"{Name} ({Provider} {Label}, {Id})";
}
