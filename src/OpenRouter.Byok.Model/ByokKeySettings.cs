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

    /// <summary>The longest name, in characters (<c>maxLength</c> of <c>name</c>).</summary>
    public const int LongestName = 255;

    /// <summary>The most entries of an allow-list (<c>maxItems</c>).</summary>
    public const int LargestAllowList = 100;

    /// <summary>What the API would refuse: the field, and what is wrong with it; <see langword="null"/> where nothing is.</summary>
    public (string Field, string Problem)? FindProblem()
    {
        // A pair of surrogates is one character.
        int length = Name.Value?.Count(static character => !char.IsLowSurrogate(character)) ?? 0;
        if (length > LongestName)
        {
            return (nameof(Name), $"a name has at most {LongestName} characters; this one has {length}.");
        }

        if (IsFallback.Value && IsByokOnly.Value)
        {
            return (nameof(IsFallback), $"{nameof(IsFallback)} and {nameof(IsByokOnly)} exclude each other.");
        }

        return FindProblem(nameof(AllowedModels), AllowedModels.Value)
            ?? FindProblem(nameof(AllowedUserIds), AllowedUserIds.Value)
            ?? FindProblem(nameof(AllowedApiKeyHashes), AllowedApiKeyHashes.Value)
            ?? (AllowedApiKeyHashes.Value?.All(IsHash) == false ? (nameof(AllowedApiKeyHashes), "each entry is 64 lower-case hexadecimal digits.") : null);
    }

    private static (string Field, string Problem)? FindProblem(string field, AllowList? list) => list switch
    {
        { Count: 0 } => (field, "the list is empty, which would allow nobody; give $null to lift the restriction."),
        { Count: > LargestAllowList } => (field, $"a list has at most {LargestAllowList} entries; this one has {list.Count}."),
        _ => null,
    };

    private static bool IsHash(string entry) =>
        entry.Length == 64 && entry.All(static digit => digit is (>= '0' and <= '9') or (>= 'a' and <= 'f'));
}
