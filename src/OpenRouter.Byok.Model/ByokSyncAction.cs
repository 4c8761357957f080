namespace OpenRouter.Byok;

/// <summary>What Sync-ByokKey did for a row, or for a key that is not in the list.</summary>
public enum ByokSyncAction
{
    /// <summary>The key is already as in the row; nothing was sent.</summary>
    Unchanged,

    /// <summary>The key was created.</summary>
    Created,

    /// <summary>Settings of the key were changed.</summary>
    Changed,

    /// <summary>The raw key was replaced, perhaps together with settings.</summary>
    Rotated,

    /// <summary>The key was removed, because it is not in the list.</summary>
    Removed,

    /// <summary>The row failed; the error has the reason.</summary>
    Failed,

    /// <summary>There is a change, but it was not sent because of <c>-WhatIf</c> or a declined prompt.</summary>
    Planned,
}
