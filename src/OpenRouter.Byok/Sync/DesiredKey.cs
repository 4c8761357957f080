namespace OpenRouter.Byok.Sync;

/// <summary>How a key should be: one row of the list.</summary>
/// <param name="Row">The number of the row, from 1.</param>
internal sealed record DesiredKey(long Row)
{
    /// <summary>The id; <see langword="null"/> where the key is found by workspace, provider and name.</summary>
    internal string? Id { get; init; }

    /// <summary>The provider's slug; <see langword="null"/> where the row does not say it.</summary>
    internal string? Provider { get; init; }

    /// <summary>The name that the key is found by; <see langword="null"/> where the row does not say it.</summary>
    internal string? Name { get; init; }

    /// <summary>Whether <see cref="Name"/> is the name itself, and not what an inventory shows in place of control characters.</summary>
    internal bool HasRealName { get; init; } = true;

    /// <summary>The id of the workspace; <see langword="null"/> for the default one.</summary>
    internal string? WorkspaceId { get; init; }

    /// <summary>Whether the row gives the workspace, and not the connection.</summary>
    internal bool GivesWorkspace { get; init; }

    /// <summary>The settings that the row gives.</summary>
    internal ByokKeySettings Settings { get; init; } = new();

    /// <summary>Values that are not sent: an inventory shows them in place of others, which have control characters.</summary>
    internal IReadOnlyDictionary<KeyField, object?> Unreal { get; init; } = new Dictionary<KeyField, object?>();

    /// <summary>The raw key of the row; <see langword="null"/> where it gives none.</summary>
    internal IDesiredRawKey? RawKey { get; init; }

    /// <summary>What a message calls the row.</summary>
    internal string Place => FormattableString.Invariant($"Row {Row}");
}
