using System.Management.Automation;
using System.Runtime.CompilerServices;
using OpenRouter.Byok.Async;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Completion;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>One listing of Get-ByokKey: which keys, and which part of them.</summary>
/// <param name="Connection">The account.</param>
/// <param name="WorkspaceNames">Finds workspaces by slug or name.</param>
/// <param name="Workspaces">The workspaces, by id, slug or name; <see langword="null"/> for the account's default one.</param>
internal sealed record KeyListing(ByokConnection Connection, WorkspaceNames WorkspaceNames, IReadOnlyList<string?> Workspaces)
{
    /// <summary>The names to look for; <see langword="null"/>: all.</summary>
    internal NameFilter? Names { get; init; }

    /// <summary>The providers to look for; <see langword="null"/>: all.</summary>
    internal NameFilter? Providers { get; init; }

    /// <summary>The providers as they were given.</summary>
    internal IReadOnlyList<string> ProviderTexts { get; init; } = [];

    /// <summary>The states to look for; <see langword="null"/>: all.</summary>
    internal IReadOnlyCollection<string>? States { get; init; }

    /// <summary>How many keys to skip.</summary>
    internal ulong Skip { get; init; }

    /// <summary>How many keys to return at most.</summary>
    internal ulong First { get; init; } = ulong.MaxValue;

    /// <summary>Makes the object with the total count, from a count and its accuracy from 0 to 1; <see langword="null"/> if it is not wanted.</summary>
    internal Func<ulong, double, PSObject>? TotalCount { get; init; }

    /// <summary>Whether no other listing has returned a key yet, called on the pipeline thread; <see langword="null"/> if no key can come twice.</summary>
    internal Func<ByokKey, bool>? IsNew { get; init; }

    /// <summary>Whether the keys are shown under their workspaces.</summary>
    internal bool IsGrouped { get; init; }

    /// <summary>The names of workspaces that are known already, by id.</summary>
    internal IReadOnlyDictionary<string, string> Titles { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the server filters by provider: one literal slug for each request.</summary>
    private bool FiltersOnServer => ProviderTexts.Count > 0 && ProviderTexts.All(NameFilter.IsLiteral);

    /// <summary>Whether the server's own paging returns exactly the requested part.</summary>
    private bool PagesOnServer =>
        Workspaces.Count == 1 && IsNew is null && Names is null && States is null && (Providers is null || (FiltersOnServer && ProviderTexts.Count == 1));

    internal async Task RunAsync(RecordOutput output, CancellationToken stop)
    {
        ulong left = First;
        ulong toSkip = PagesOnServer ? 0 : Skip;
        var counter = new CountTrace(output, this);
        bool isCountDue = TotalCount is not null;
        await foreach (ByokKey key in ListAsync(counter, stop).ConfigureAwait(false))
        {
            await WriteCountAsync().ConfigureAwait(false);
            if (left == 0)
            {
                return;
            }

            if (toSkip > 0)
            {
                toSkip--;
                continue;
            }

            await output.WriteAsync(InView(key), IsNew is null ? null : () => IsNew(key)).ConfigureAwait(false);
            if (--left == 0)
            {
                return;
            }
        }

        await WriteCountAsync().ConfigureAwait(false);
        ReportUnmatched(output);

        async ValueTask WriteCountAsync()
        {
            if (isCountDue)
            {
                // The server's count is exact only if the module does not filter; the count of several lists is unknown.
                double accuracy = counter.Total is null ? 0.0 : PagesOnServer ? 1.0 : 0.5;
                isCountDue = false;
                await output.WriteAsync(TotalCount!((ulong)Math.Max(0, counter.Total ?? 0), accuracy)).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The keys of all workspaces and providers that match, each once.</summary>
    private async IAsyncEnumerable<ByokKey> ListAsync(CountTrace trace, [EnumeratorCancellation] CancellationToken stop)
    {
        string?[] providers = FiltersOnServer ? ProviderTexts.ToArray<string?>() : [null];
        HashSet<string>? returned = Workspaces.Count * providers.Length > 1 ? new(StringComparer.OrdinalIgnoreCase) : null;
        foreach (string? workspace in Workspaces)
        {
            string? id = await WorkspaceNames.ResolveAsync(Connection, workspace, trace, stop).ConfigureAwait(false);
            foreach (string? provider in providers)
            {
                ListByokKeysRequest request = ToRequest(id, provider);
                await foreach (ByokKey key in ByokClients.For(Connection).ListKeysAsync(request, trace, stop).ConfigureAwait(false))
                {
                    if (IsMatch(key) && returned?.Add(key.Id) != false)
                    {
                        key.ListedIn = !IsGrouped || id is null ? null : Titles.TryGetValue(id, out string? title) ? title : workspace;
                        yield return key;
                    }
                }
            }
        }
    }

    private ListByokKeysRequest ToRequest(string? workspace, string? provider)
    {
        var request = new ListByokKeysRequest { WorkspaceId = workspace, Provider = provider };
        return !PagesOnServer ? request : request with
        {
            Skip = (long)Math.Min(Skip, long.MaxValue),

            // A count comes with a page, so one key is requested even if none is wanted.
            First = First > long.MaxValue ? null : Math.Max((long)First, TotalCount is null ? 0 : 1),
        };
    }

    private bool IsMatch(ByokKey key) =>
        (Providers?.IsMatch(key.Provider) ?? true)
        && (States is null || States.Contains(key.State, StringComparer.OrdinalIgnoreCase))
        && (Names?.IsMatch(key.Name) ?? true);

    private object InView(ByokKey key)
    {
        if (!IsGrouped)
        {
            return key;
        }

        var shown = new PSObject(key);
        shown.TypeNames.Insert(0, $"{typeof(ByokKey).FullName}#Workspace");
        return shown;
    }

    private void ReportUnmatched(RecordOutput output)
    {
        foreach (string slug in Providers?.Unmatched.Except(ProviderCompleter.Slugs, StringComparer.OrdinalIgnoreCase) ?? [])
        {
            string advice = NearestName.Find(slug, ProviderCompleter.Slugs) is { } nearest ? $" Did you mean {nearest}?" : string.Empty;
            output.Warning($"No key has the provider '{ShownText.Quote(slug)}'.{advice}");
        }

        foreach (string name in Names?.Unmatched ?? [])
        {
            var error = new ByokApiException(ByokErrorKind.NotFound, $"No key has the name '{ShownText.Quote(name)}'.")
            {
                RecommendedAction = "List the keys with Get-ByokKey, or use wildcards.",
            };
            output.Error(error, ShownText.Quote(name));
        }
    }

    private sealed class CountTrace(RecordOutput output, KeyListing listing) : IByokTrace
    {
        internal long? Total { get; private set; }

        public void Verbose(string message) => output.Verbose(message);

        public bool IsDebugging => output.IsDebugging;

        public void Debug(string message) => output.Debug(message);

        public void Warning(string message) => output.Warning(message);

        public void Waiting(TimeSpan pause, string reason, int attempts) => output.Waiting(pause, reason, attempts);

        public void TotalCount(long totalCount)
        {
            if (listing.Workspaces.Count > 1 || (listing.FiltersOnServer && listing.ProviderTexts.Count > 1))
            {
                return;
            }

            Total ??= totalCount;

            // Progress counts the keys that are returned, because the number of keys that match a filter is unknown before.
            if (listing.PagesOnServer)
            {
                ulong total = (ulong)Math.Max(0, totalCount);
                output.TotalCount((long)Math.Min(total - Math.Min(listing.Skip, total), listing.First));
            }
        }
    }
}
