namespace OpenRouter.Byok;

/// <summary>The settings of a key that can be given at its creation and changed later.</summary>
public sealed record ByokKeySettings
{
    /// <summary>The name, at most 255 characters (<c>name</c>); <see langword="null"/> clears it.</summary>
    public Optional<string?> Name { get; init; }

    /// <summary>Whether the key is out of use (<c>disabled</c>).</summary>
    public Optional<bool> Disabled { get; init; }

    /// <summary>Whether the key is tried only after OpenRouter's own capacity (<c>is_fallback</c>); excludes <see cref="IsByokOnly"/>.</summary>
    public Optional<bool> IsFallback { get; init; }

    /// <summary>Whether requests to the provider must use this key (<c>is_required</c>).</summary>
    public Optional<bool> IsRequired { get; init; }

    /// <summary>Whether requests never fall back on OpenRouter's own capacity (<c>is_byok_only</c>); excludes <see cref="IsFallback"/>.</summary>
    public Optional<bool> IsByokOnly { get; init; }

    /// <summary>Whether zero data retention is declared (<c>declared_zdr</c>); <see langword="null"/> clears the declaration.</summary>
    public Optional<bool?> DeclaredZdr { get; init; }

    /// <summary>The models that may use the key (<c>allowed_models</c>), at most 100; <see langword="null"/> lifts the restriction.</summary>
    public Optional<AllowList?> AllowedModels { get; init; }

    /// <summary>The hashes of the API keys that may use the key (<c>allowed_api_key_hashes</c>), 1 to 100, each 64 lower-case hex digits; <see langword="null"/> lifts the restriction.</summary>
    public Optional<AllowList?> AllowedApiKeyHashes { get; init; }

    /// <summary>The users that may use the key (<c>allowed_user_ids</c>), at most 100; <see langword="null"/> lifts the restriction.</summary>
    public Optional<AllowList?> AllowedUserIds { get; init; }
}
