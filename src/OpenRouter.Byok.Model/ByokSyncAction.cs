namespace OpenRouter.Byok;

/// <summary>What Sync-ByokKey did for a row, or for a key that no row names.</summary>
public enum ByokSyncAction
{
    /// <summary>The key is as the row says; nothing was sent.</summary>
    Unchanged,

    /// <summary>The key was created.</summary>
    Created,

    /// <summary>Settings of the key were changed.</summary>
    Changed,

    /// <summary>The raw key was replaced, perhaps together with settings.</summary>
    Rotated,

    /// <summary>The key was removed, because no row names it.</summary>
    Removed,

    /// <summary>The row failed; the error says why.</summary>
    Failed,

    /// <summary>Something would change, but <c>-WhatIf</c> or an answer to a prompt kept it from being sent.</summary>
    Planned,
}
