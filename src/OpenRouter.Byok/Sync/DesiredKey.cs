namespace OpenRouter.Byok.Sync;

/// <summary>The desired state of a key: one row of the list.</summary>
/// <param name="Row">The number of the row, from 1.</param>
internal sealed record DesiredKey(long Row)
{
    /// <summary>The id; <see langword="null"/> if the key is found by workspace, provider and name.</summary>
    internal string? Id { get; init; }

    /// <summary>The provider's slug; <see langword="null"/> if the row does not have it.</summary>
    internal string? Provider { get; init; }

    /// <summary>The name by which the key is found; <see langword="null"/> if the row does not have it.</summary>
    internal string? Name { get; init; }

    /// <summary>Whether <see cref="Name"/> is the real name, and not a name whose control characters an inventory has replaced.</summary>
    internal bool HasRealName { get; init; } = true;

    /// <summary>The id of the workspace; <see langword="null"/> for the default one.</summary>
    internal string? WorkspaceId { get; init; }

    /// <summary>Whether the workspace comes from the row, and not from the connection.</summary>
    internal bool GivesWorkspace { get; init; }

    /// <summary>The settings of the row.</summary>
    internal ByokKeySettings Settings { get; init; } = new();

    /// <summary>Values that are not sent, because an inventory has replaced their control characters.</summary>
    internal IReadOnlyDictionary<KeyField, object?> Unreal { get; init; } = new Dictionary<KeyField, object?>();

    /// <summary>The raw key of the row; <see langword="null"/> if it has none.</summary>
    internal IDesiredRawKey? RawKey { get; init; }

    /// <summary>The row as messages show it.</summary>
    internal string Place => FormattableString.Invariant($"Row {Row}");
}
