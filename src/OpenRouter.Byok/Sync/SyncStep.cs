namespace OpenRouter.Byok.Sync;

/// <summary>The step for one row, or for a key that is not in the list.</summary>
/// <param name="Action">What would be done: Unchanged, Created, Changed, Rotated, Removed or Failed.</param>
/// <param name="Desired">The row; <see langword="null"/> for a key that is not in the list.</param>
/// <param name="Key">The key as the listing showed it; <see langword="null"/> if there is none.</param>
internal sealed record SyncStep(ByokSyncAction Action, DesiredKey? Desired, ByokKey? Key)
{
    /// <summary>The text for a creation in prompts and plans.</summary>
    internal const string CreateText = "Create key";

    /// <summary>The text for a removal in prompts and plans.</summary>
    internal const string RemoveText = "Remove key";

    /// <summary>The settings that differ.</summary>
    internal IReadOnlyList<KeyDifference> Differences { get; init; } = [];

    /// <summary>A field that is sent although it is equal, because the new raw key would change it; <see langword="null"/> for none.</summary>
    internal KeyField? Kept { get; init; }

    /// <summary>Fields of the row that should change, but whose real value is unknown.</summary>
    internal IEnumerable<KeyField> Unsendable => Desired is null || Action == ByokSyncAction.Failed
        ? []
        : Desired.Unreal.Where(shown => Key is null || !Equals(shown.Key.GetValue(Key), shown.Value)).Select(static shown => shown.Key);

    /// <summary>Why the row failed.</summary>
    internal ByokApiException? Problem { get; init; }

    /// <summary>The changes, with the same texts as Set-ByokKey.</summary>
    internal IEnumerable<string> Changes =>
        (Action == ByokSyncAction.Rotated ? [$"Key from {Key!.Label ?? "(none)"} to a new one"] : Enumerable.Empty<string>())
        .Concat(Differences.Select(static difference => difference.ToString()));

    /// <summary>The key as messages show it.</summary>
    internal string Name => Key?.ToString() ?? $"{ShownText.MarkInvisible(Desired!.Name ?? "(no name)")} ({ShownText.MakeVisible(Desired.Provider ?? "no provider")})";

    /// <summary>The result of the step.</summary>
    /// <param name="action">What was done.</param>
    /// <param name="key">The key after the step; <see langword="null"/> if it is unchanged.</param>
    /// <param name="error">Why it failed; <see langword="null"/> if it did not.</param>
    internal ByokSyncResult ToResult(ByokSyncAction action, ByokKey? key = null, string? error = null) => new()
    {
        Row = Desired?.Row,
        Action = action,
        Name = (key ?? Key)?.Name ?? Desired?.Name,
        Provider = (key ?? Key)?.Provider ?? Desired?.Provider,
        Changes = Describe(action),
        Error = error,
        Id = (key ?? Key)?.Id ?? Desired?.Id,
        WorkspaceId = (key ?? Key)?.WorkspaceId ?? Desired?.WorkspaceId,
    };

    private string? Describe(ByokSyncAction action) => action switch
    {
        ByokSyncAction.Unchanged or ByokSyncAction.Failed => null,
        ByokSyncAction.Planned when Action == ByokSyncAction.Created => CreateText,
        ByokSyncAction.Planned when Action == ByokSyncAction.Removed => RemoveText,
        _ when Changes.Any() => string.Join("; ", Changes),
        _ => null,
    };
}
