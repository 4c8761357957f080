namespace OpenRouter.Byok.Sync;

/// <summary>
/// Computes the steps that make an account match a list. A pure function of the list and of the keys of the
/// account: it sends nothing, and after the plan was applied a new plan has no changes.
/// </summary>
internal static class SyncPlan
{
    /// <summary>
    /// Makes the plan: a step for each row, in the order of the list, and then one for each key to remove. The steps come
    /// one by one, so that only the raw keys in use are in memory.
    /// </summary>
    /// <param name="rows">The list.</param>
    /// <param name="keys">The keys of the workspaces in the list.</param>
    /// <param name="rotatesAll">Whether every raw key is sent, even if the label matches it.</param>
    /// <param name="prunes">Whether keys that are not in the list are removed.</param>
    /// <param name="defaultIds">The keys that a row without a workspace can mean; <see langword="null"/> for all.</param>
    internal static IEnumerable<SyncStep> Make(IReadOnlyList<DesiredKey> rows, IReadOnlyList<ByokKey> keys, bool rotatesAll, bool prunes, ISet<string>? defaultIds = null)
    {
        ILookup<string, ByokKey> byId = keys.ToLookup(static key => key.Id, StringComparer.OrdinalIgnoreCase);
        ILookup<string, ByokKey> byName = keys.ToLookup(static key => NameOf(key.Provider, key.Name), StringComparer.Ordinal);
        List<(DesiredKey Row, ByokKey[] Matches)> matched = rows
            .Select(row => (row, row.Id is not null ? byId[row.Id].Take(1).ToArray() : byName[NameOf(row.Provider, row.Name)].Where(key => IsInWorkspace(row, key, defaultIds)).ToArray()))
            .ToList();
        HashSet<string> repeated = FindRepeated(matched);
        ILookup<string, ByokKey> renamed = FindRenamed(matched);
        IEnumerable<SyncStep> steps = matched.Select(match =>
            repeated.Contains(IdentityOf(match.Row, match.Matches))
                ? Fail(match.Row, match.Matches.FirstOrDefault(), ByokErrorKind.BadRequest, "more than one row names this key.", "Keep one row for each key.")
            : match.Row.Id is null && renamed[NameOf(match.Row.Provider, match.Row.Name)].Any(key => IsInWorkspace(match.Row, key, defaultIds))
                ? Fail(match.Row, match.Matches.FirstOrDefault(), ByokErrorKind.BadRequest, "another row gives its key this name, so two keys would have it.", "Give the id in a column Id, or another name.")
            : PlanRow(match.Row, match.Matches, rotatesAll));
        return prunes ? steps.Concat(Prune(matched, keys)) : steps;
    }

    private static string NameOf(string? provider, string? name) => $"{provider?.ToUpperInvariant()}\n{name}";

    private static bool IsInWorkspace(DesiredKey row, ByokKey key, ISet<string>? defaultIds) =>
        row.WorkspaceId is null
            ? defaultIds?.Contains(key.Id) != false
            : key.WorkspaceId is null || key.WorkspaceId.Equals(row.WorkspaceId, StringComparison.OrdinalIgnoreCase);

    /// <summary>The identity of a row's key, equal for two rows of the same key: its id, or the values to create it with.</summary>
    private static string IdentityOf(DesiredKey row, ByokKey[] matches) =>
        matches.Length == 1 ? matches[0].Id
        : row.Id ?? string.Join("\n", row.WorkspaceId?.ToUpperInvariant(), NameOf(row.Provider, row.Name));

    private static HashSet<string> FindRepeated(List<(DesiredKey Row, ByokKey[] Matches)> matched) => new(
        matched.GroupBy(static match => IdentityOf(match.Row, match.Matches), StringComparer.OrdinalIgnoreCase)
            .Where(static same => same.Count() > 1)
            .Select(static same => same.Key),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>The keys that are renamed, by their new name.</summary>
    private static ILookup<string, ByokKey> FindRenamed(List<(DesiredKey Row, ByokKey[] Matches)> matched) => matched
        .Where(static match => match.Row.Id is not null && match.Matches.Length == 1)
        .Select(static match => (Key: match.Matches[0], IsNamed: match.Row.Settings.TryGet(KeyFields.Name, out string? name), Name: name))
        .Where(static named => named.IsNamed && named.Name != named.Key.Name)
        .ToLookup(static named => NameOf(named.Key.Provider, named.Name), static named => named.Key, StringComparer.Ordinal);

    private static SyncStep PlanRow(DesiredKey row, ByokKey[] matches, bool rotatesAll)
    {
        try
        {
            return matches.Length switch
            {
                0 when row.Id is not null => Fail(row, null, ByokErrorKind.NotFound, $"no key has the id {row.Id} in the workspaces of the list.", "Remove the row, or give the workspace of the key in a column WorkspaceId."),
                0 when row.RawKey is null => Fail(row, null, ByokErrorKind.NotFound, "no key has this provider and name, and there is no raw key to create it with.", "Give a raw key in a column Key, KeyPath or Secret."),
                0 when !row.HasRealName => Fail(row, null, ByokErrorKind.BadRequest, "no key has this name, and no key can be created with it: the name has a sign that stands for a hidden character.", "Give the real name."),
                0 => PlanCreation(row),
                1 => PlanChange(row, matches[0], rotatesAll),
                _ => Fail(row, null, ByokErrorKind.BadRequest, $"{matches.Length} keys have this provider and name: {string.Join(", ", matches.Select(static key => key.Id))}.", "Give the id in a column Id."),
            };
        }
        catch (ByokApiException problem)
        {
            // The raw key cannot be read, or has the wrong form.
            return new SyncStep(ByokSyncAction.Failed, row, matches.FirstOrDefault()) { Problem = problem };
        }
    }

    private static SyncStep PlanChange(DesiredKey row, ByokKey key, bool rotatesAll)
    {
        if (row.Provider is { } provider && !provider.Equals(key.Provider, StringComparison.OrdinalIgnoreCase))
        {
            return Fail(row, key, ByokErrorKind.BadRequest, $"key {key} has another provider than the row ({provider}).", "The provider of a key cannot change; correct the id.");
        }

        if (row is { GivesWorkspace: true, WorkspaceId: { } workspace } && key.WorkspaceId?.Equals(workspace, StringComparison.OrdinalIgnoreCase) == false)
        {
            return Fail(row, key, ByokErrorKind.BadRequest, $"key {key} is in another workspace than the row.", "The workspace of a key cannot change; correct the row.");
        }

        List<KeyDifference> differences = row.Settings.Differences(key).ToList();
        if (row.RawKey is null || (!rotatesAll && row.RawKey.Fits(key.Label) == true))
        {
            return new SyncStep(differences.Count > 0 ? ByokSyncAction.Changed : ByokSyncAction.Unchanged, row, key) { Differences = differences };
        }

        row.RawKey.Check(key.Provider);
        bool keepsRegion = false;
        if (row.RawKey.FindRegionChange(key.Provider, key.DeclaredRegion) is { } change)
        {
            keepsRegion = row.Settings.TryGet(KeyFields.DeclaredRegion, out string? region);
            differences.AddRange(keepsRegion ? [] : [change]);
        }

        return new SyncStep(ByokSyncAction.Rotated, row, key) { Differences = differences, Kept = keepsRegion ? KeyFields.DeclaredRegion : null };
    }

    private static SyncStep PlanCreation(DesiredKey row)
    {
        row.RawKey!.Check(row.Provider);
        return new SyncStep(ByokSyncAction.Created, row, null);
    }

    /// <summary>
    /// The keys that are not in the list, but whose workspaces and providers are. A global key is usable in workspaces that
    /// are not in the list, so it is kept; so is a key that an ambiguous row may refer to.
    /// </summary>
    private static IEnumerable<SyncStep> Prune(List<(DesiredKey Row, ByokKey[] Matches)> matched, IReadOnlyList<ByokKey> keys)
    {
        var named = new HashSet<string>(matched.SelectMany(static match => match.Matches).Select(static key => key.Id), StringComparer.OrdinalIgnoreCase);
        var providers = new HashSet<string>(
            matched.Select(static match => match.Row.Provider ?? match.Matches.FirstOrDefault()?.Provider).Where(static provider => provider is not null)!,
            StringComparer.OrdinalIgnoreCase);
        return keys
            .Where(key => key.WorkspaceId is not null && key.Provider is not null && providers.Contains(key.Provider) && !named.Contains(key.Id))
            .Select(static key => new SyncStep(ByokSyncAction.Removed, null, key));
    }

    private static SyncStep Fail(DesiredKey row, ByokKey? key, ByokErrorKind kind, string problem, string action) => new(ByokSyncAction.Failed, row, key)
    {
        Problem = new ByokApiException(kind, $"{row.Place}: {problem} {action}") { RecommendedAction = action },
    };
}
