namespace OpenRouter.Byok;

/// <summary>What Sync-ByokKey did for one row, or for a key that no row names. Holds no secret, so that it can be kept as an audit trail.</summary>
public sealed record ByokSyncResult
{
    /// <summary>The number of the row, from 1; <see langword="null"/> for a key that no row names.</summary>
    public long? Row { get; internal init; }

    /// <summary>What was done.</summary>
    public ByokSyncAction Action { get; internal init; }

    /// <summary>The name of the key (<c>name</c>), or <see langword="null"/>.</summary>
    public string? Name { get; internal init; }

    /// <summary>The provider's slug (<c>provider</c>), or <see langword="null"/> where the row does not say it.</summary>
    public string? Provider { get; internal init; }

    /// <summary>What changed, from what to what, separated by semicolons; <see langword="null"/> where nothing did. Of a raw key only the label before.</summary>
    public string? Changes { get; internal init; }

    /// <summary>Why the row failed; <see langword="null"/> where it did not.</summary>
    public string? Error { get; internal init; }

    /// <summary>The id of the key (<c>id</c>), or <see langword="null"/> where there is no key.</summary>
    public string? Id { get; internal init; }

    /// <summary>The workspace of the key (<c>workspace_id</c>), or <see langword="null"/> for a global key or where it is unknown.</summary>
    public string? WorkspaceId { get; internal init; }
}
