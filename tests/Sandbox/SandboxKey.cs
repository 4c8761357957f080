namespace OpenRouter.Byok.Sandbox;

/// <summary>A key as the stand-in holds it, raw key included.</summary>
public sealed record SandboxKey
{
    /// <summary>The id that the API shows.</summary>
    public required Guid Id { get; init; }

    /// <summary>The provider slug.</summary>
    public required string Provider { get; init; }

    /// <summary>The workspace, or null for a global key.</summary>
    public Guid? WorkspaceId { get; init; }

    /// <summary>The masked form of the raw key.</summary>
    public required string Label { get; init; }

    /// <summary>The name, if it has one.</summary>
    public string? Name { get; init; }

    /// <summary>Whether it is out of use.</summary>
    public bool Disabled { get; init; }

    /// <summary>Whether it is used only after the account's own credits.</summary>
    public bool IsFallback { get; init; }

    /// <summary>Whether requests must use it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether requests may use nothing else.</summary>
    public bool IsByokOnly { get; init; }

    /// <summary>Whether the provider is declared to retain no data; null where nothing is declared.</summary>
    public bool? DeclaredZdr { get; init; }

    /// <summary>The data region that the upstream account declares; null where none is declared.</summary>
    public string? DeclaredRegion { get; init; }

    /// <summary>The models it may be used for; null means all.</summary>
    public IReadOnlyList<string>? AllowedModels { get; init; }

    /// <summary>The API keys that may use it, by hash; null means all.</summary>
    public IReadOnlyList<string>? AllowedApiKeyHashes { get; init; }

    /// <summary>The users who may use it; null means all.</summary>
    public IReadOnlyList<string>? AllowedUserIds { get; init; }

    /// <summary>Its place among the keys of its provider and workspace.</summary>
    public int SortOrder { get; init; }

    /// <summary>When it was created; a rotation does not move it.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The raw key; null once the key is deleted, because its material is wiped.</summary>
    public string? RawKey { get; init; }

    /// <summary>How many updates it has had.</summary>
    public int Changes { get; init; }

    /// <summary>When it was deleted; null while it exists.</summary>
    public DateTimeOffset? DeletedAt { get; init; }
}
