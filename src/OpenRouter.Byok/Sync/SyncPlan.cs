namespace OpenRouter.Byok.Sync;

/// <summary>
/// Works out what has to be done so that an account matches a list. A pure function of the list and of the keys that the
/// account has: it sends nothing, and planning again after the plan was applied gives no more changes.
/// </summary>
internal static class SyncPlan
{
    /// <summary>Makes the plan: a step for each row, in the order of the list, and then one for each key to remove.</summary>
    /// <param name="rows">The list.</param>
    /// <param name="keys">The keys of the workspaces that the list names.</param>
    /// <param name="rotatesAll">Whether every raw key is sent, also where the label says that it is in place.</param>
    /// <param name="prunes">Whether keys that no row names are removed.</param>
    internal static IReadOnlyList<SyncStep> Make(IReadOnlyList<DesiredKey> rows, IReadOnlyList<ByokKey> keys, bool rotatesAll, bool prunes)
    {
        ILookup<string, ByokKey> byId = keys.ToLookup(static key => key.Id, StringComparer.OrdinalIgnoreCase);
        List<(DesiredKey Row, ByokKey[] Matches)> matched = rows.Select(row => (row, Match(row, keys, byId))).ToList();
        HashSet<string> repeated = FindRepeated(matched);
        List<SyncStep> steps = matched
            .Select(match => repeated.Contains(IdentityOf(match.Row, match.Matches))
                ? Fail(match.Row, match.Matches.FirstOrDefault(), ByokErrorKind.BadRequest, "more than one row names this key.", "Keep one row for each key.")
                : PlanRow(match.Row, match.Matches, rotatesAll))
            .ToList();
        if (prunes)
        {
            steps.AddRange(Prune(matched, keys));
        }

        return steps;
    }

    private static ByokKey[] Match(DesiredKey row, IReadOnlyList<ByokKey> keys, ILookup<string, ByokKey> byId) =>
        row.Id is not null
            ? byId[row.Id].Take(1).ToArray()
            : keys.Where(key => Matches(row, key)).ToArray();

    private static bool Matches(DesiredKey row, ByokKey key) =>
        string.Equals(key.Provider, row.Provider, StringComparison.OrdinalIgnoreCase)
        && string.Equals(key.Name ?? string.Empty, row.Name ?? string.Empty, StringComparison.Ordinal)
        && (row.WorkspaceId is null || key.WorkspaceId is null || key.WorkspaceId.Equals(row.WorkspaceId, StringComparison.OrdinalIgnoreCase));

    /// <summary>What two rows have in common that name the same key: its id, or what it would be created with.</summary>
    private static string IdentityOf(DesiredKey row, ByokKey[] matches) =>
        matches.Length == 1 ? matches[0].Id
        : row.Id ?? string.Join("\n", row.WorkspaceId?.ToUpperInvariant(), row.Provider?.ToUpperInvariant(), row.Name);

    private static HashSet<string> FindRepeated(List<(DesiredKey Row, ByokKey[] Matches)> matched) => new(
        matched.GroupBy(static match => IdentityOf(match.Row, match.Matches), StringComparer.OrdinalIgnoreCase)
            .Where(static same => same.Count() > 1)
            .Select(static same => same.Key),
        StringComparer.OrdinalIgnoreCase);

    private static SyncStep PlanRow(DesiredKey row, ByokKey[] matches, bool rotatesAll)
    {
        try
        {
            return matches.Length switch
            {
                0 when row.Id is not null => Fail(row, null, ByokErrorKind.NotFound, $"no key has the id {row.Id} in the workspaces of the list.", "Remove the row, or give the workspace of the key in a column WorkspaceId."),
                0 when row.RawKey is null => Fail(row, null, ByokErrorKind.NotFound, "no key has this provider and name, and there is no raw key to create it with.", "Give a raw key in a column Key, KeyPath or Secret."),
                0 => new SyncStep(ByokSyncAction.Created, row, null),
                1 => PlanChange(row, matches[0], rotatesAll),
                _ => Fail(row, null, ByokErrorKind.BadRequest, $"{matches.Length} keys have this provider and name: {string.Join(", ", matches.Select(static key => key.Id))}.", "Give the id in a column Id."),
            };
        }
        catch (ByokApiException problem)
        {
            // The raw key cannot be read.
            return new SyncStep(ByokSyncAction.Failed, row, matches.FirstOrDefault()) { Problem = problem };
        }
    }

    private static SyncStep PlanChange(DesiredKey row, ByokKey key, bool rotatesAll)
    {
        if (row.Provider is { } provider && !provider.Equals(key.Provider, StringComparison.OrdinalIgnoreCase))
        {
            return Fail(row, key, ByokErrorKind.BadRequest, $"the key {key} is of another provider than the row says ({provider}).", "The provider of a key cannot change; correct the id.");
        }

        IReadOnlyList<KeyDifference> differences = row.Settings.Differences(key);
        bool rotates = row.RawKey is not null && (rotatesAll || row.RawKey.Fits(key.Label) != true);
        ByokSyncAction action = rotates ? ByokSyncAction.Rotated : differences.Count > 0 ? ByokSyncAction.Changed : ByokSyncAction.Unchanged;
        return new SyncStep(action, row, key) { Differences = differences };
    }

    /// <summary>
    /// The keys that no row names, within the workspaces and providers of the list. A global key is usable in workspaces that
    /// the list does not speak of, so it stays; so does a key that an ambiguous row may have meant.
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
