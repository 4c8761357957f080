using OpenRouter.Byok.Async;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Sync;

/// <summary>Reads the data for a plan from an account: the ids of the workspaces in the list, and the keys in them.</summary>
/// <param name="connection">The account.</param>
internal sealed class SyncListing(ByokConnection connection)
{
    private readonly Dictionary<string, ByokKey> _keys = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _defaultIds = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<SyncStep> _failed = [];

    /// <summary>The rows whose workspace was found, in the order of the list.</summary>
    internal List<DesiredKey> Rows { get; } = [];

    /// <summary>The rows whose workspace was not found.</summary>
    internal IReadOnlyList<SyncStep> Failed => _failed;

    /// <summary>The keys, each once: a global key is in the list of every workspace.</summary>
    internal ByokKey[] Keys => _keys.Values.ToArray();

    /// <summary>The ids of the keys that the account's default workspace lists.</summary>
    internal ISet<string> DefaultIds => _defaultIds;

    /// <summary>Reads it: each workspace is listed once.</summary>
    /// <exception cref="ByokApiException">The listing failed, or may be incomplete.</exception>
    internal async Task ReadAsync(IEnumerable<DesiredKey> rows, RecordOutput output, CancellationToken stop)
    {
        var names = new WorkspaceNames();
        foreach (DesiredKey row in rows)
        {
            try
            {
                string? workspace = await names.ResolveAsync(connection, row.WorkspaceId ?? connection.WorkspaceId, output, stop).ConfigureAwait(false);
                Rows.Add(row with { WorkspaceId = workspace });
            }
            catch (ByokApiException problem) when (problem.Kind is ByokErrorKind.NotFound or ByokErrorKind.BadRequest)
            {
                _failed.Add(new SyncStep(ByokSyncAction.Failed, row, null) { Problem = problem });
            }
        }

        var trace = new DoubtTrace(output);
        foreach (string? workspace in Rows.Select(static row => row.WorkspaceId).Distinct(StringComparer.OrdinalIgnoreCase).OrderBy(static workspace => workspace is null))
        {
            if (workspace is null && Rows.TrueForAll(row => row.WorkspaceId is not null || (row.Id is not null && _keys.ContainsKey(row.Id))))
            {
                // An inventory shows no workspace for a global key, which the listings before have found.
                continue;
            }

            await foreach (ByokKey key in ByokClients.For(connection).ListKeysAsync(new ListByokKeysRequest { WorkspaceId = workspace }, trace, stop).ConfigureAwait(false))
            {
                _keys[key.Id] = key;
                if (workspace is null)
                {
                    _defaultIds.Add(key.Id);
                }
            }
        }

        if (trace.Doubt is { } doubt)
        {
            throw new ByokApiException(ByokErrorKind.BadResponse, $"The list of keys may be incomplete, so no plan can be made. {doubt}");
        }
    }

    /// <summary>Stores the warning that a listing may be incomplete: a plan made from it could create a key twice.</summary>
    private sealed class DoubtTrace(RecordOutput output) : IByokTrace
    {
        internal string? Doubt { get; private set; }

        public void Verbose(string message) => output.Verbose(message);

        public bool IsDebugging => output.IsDebugging;

        public void Debug(string message) => output.Debug(message);

        public void Waiting(TimeSpan pause, string reason, int attempts) => output.Waiting(pause, reason, attempts);

        public void Warning(string message) => Doubt ??= message;

        public void TotalCount(long totalCount)
        {
        }
    }
}
