namespace OpenRouter.Byok;

/// <summary>Which keys to list.</summary>
public sealed record ListByokKeysRequest
{
    /// <summary>The provider's slug (<c>provider</c>); <see langword="null"/>: every provider.</summary>
    public string? Provider { get; init; }

    /// <summary>The workspace (<c>workspace_id</c>); <see langword="null"/>: the account's default workspace.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>How many keys to skip (<c>offset</c>).</summary>
    public long Skip { get; init; }

    /// <summary>The maximum number of keys to return; <see langword="null"/>: all. No page beyond them is requested.</summary>
    public long? First { get; init; }

    /// <summary>How many keys one request asks for, 2 to 100 (<c>limit</c>).</summary>
    public int PageSize { get; init; } = 100;

    /// <summary>The maximum number of pages to read ahead.</summary>
    public int ReadAhead { get; init; } = 8;
}
