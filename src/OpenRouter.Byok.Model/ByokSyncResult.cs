namespace OpenRouter.Byok;

/// <summary>What Sync-ByokKey did for one row, or for a key that is not in the list. It has no secret, so it can be stored as an audit trail.</summary>
public sealed record ByokSyncResult
{
    /// <summary>The number of the row, from 1; <see langword="null"/> for a key that is not in the list.</summary>
    public long? Row { get; internal init; }

    /// <summary>What was done.</summary>
    public ByokSyncAction Action { get; internal init; }

    /// <summary>The name of the key (<c>name</c>), or <see langword="null"/>.</summary>
    public string? Name { get; internal init; }

    /// <summary>The provider's slug (<c>provider</c>), or <see langword="null"/> if the row does not have it.</summary>
    public string? Provider { get; internal init; }

    /// <summary>The changes with old and new values, separated by semicolons; <see langword="null"/> for none. For a raw key only the old label.</summary>
    public string? Changes { get; internal init; }

    /// <summary>Why the row failed; <see langword="null"/> if it did not.</summary>
    public string? Error { get; internal init; }

    /// <summary>The id of the key (<c>id</c>), or <see langword="null"/> if there is no key.</summary>
    public string? Id { get; internal init; }

    /// <summary>The workspace of the key (<c>workspace_id</c>), or <see langword="null"/> for a global key or if it is unknown.</summary>
    public string? WorkspaceId { get; internal init; }
}
