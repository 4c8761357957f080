using OpenRouter.Byok.Async;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>One listing of Get-ByokKey: which keys, and which part of them.</summary>
/// <param name="Requests">What to ask the server for, one after the other.</param>
/// <param name="Matches">Which of the server's keys to keep; <see langword="null"/>: all.</param>
/// <param name="Skip">How many to pass over.</param>
/// <param name="First">How many to give at most.</param>
/// <param name="IncludeTotalCount">Whether to say first how many there are.</param>
/// <param name="IsNew">Whether a key has not come out of another listing yet, asked on the pipeline thread; <see langword="null"/> where none can come twice.</param>
/// <param name="View">The view to show the keys in; <see langword="null"/>: the usual one.</param>
internal sealed record KeyListing(
    IReadOnlyList<ListByokKeysRequest> Requests,
    Func<ByokKey, bool>? Matches,
    ulong Skip,
    ulong First,
    bool IncludeTotalCount,
    Func<ByokKey, bool>? IsNew,
    string? View)
{
    /// <summary>Whether the server's own paging gives just the part that is wanted.</summary>
    private bool IsServersPart => Requests.Count == 1 && Matches is null && IsNew is null;

    internal async Task RunAsync(ByokConnection connection, RecordOutput output, CancellationToken stop)
    {
        ulong toSkip = IsServersPart ? 0 : Skip;
        ulong left = First;
        var counter = new TotalCounter(output, this);
        bool countIsDue = IncludeTotalCount;
        HashSet<string>? given = Requests.Count > 1 ? new(StringComparer.OrdinalIgnoreCase) : null;
        foreach (ListByokKeysRequest request in Requests)
        {
            ListByokKeysRequest part = IsServersPart
                ? request with { Skip = (long)Math.Min(Skip, long.MaxValue), First = First > long.MaxValue ? null : Math.Max((long)First, countIsDue ? 1 : 0) }
                : request;
            await foreach (ByokKey key in ByokClients.For(connection).ListKeysAsync(part, counter, stop).ConfigureAwait(false))
            {
                SayCount();
                if (left == 0)
                {
                    return;
                }

                if (Matches?.Invoke(key) == false || given?.Add(key.Id) == false)
                {
                    continue;
                }

                if (toSkip > 0)
                {
                    toSkip--;
                    continue;
                }

                await output.WriteAsync(key, IsNew is null ? null : () => IsNew(key), View).ConfigureAwait(false);
                if (--left == 0)
                {
                    return;
                }
            }
        }

        SayCount();

        void SayCount()
        {
            if (countIsDue)
            {
                // What the server counts is exact only where nothing is filtered here; of several lists nobody knows it yet.
                ulong count = (ulong)Math.Max(0, counter.Total ?? 0);
                double accuracy = counter.Total is null ? 0.0 : IsServersPart ? 1.0 : 0.5;
                output.Say(pipeline => pipeline.WriteTotalCount(count, accuracy));
                countIsDue = false;
            }
        }
    }

    private sealed class TotalCounter(RecordOutput output, KeyListing listing) : IByokTrace
    {
        internal long? Total { get; private set; }

        public void Verbose(string message) => output.Verbose(message);

        public void Warning(string message) => output.Warning(message);

        public void TotalCount(long totalCount)
        {
            if (listing.Requests.Count > 1)
            {
                return;
            }

            Total ??= totalCount;

            // Progress counts what comes out; how many of the server's keys match a name nobody knows beforehand.
            if (listing.Matches is null)
            {
                output.TotalCount((long)Math.Min((ulong)Math.Max(0, totalCount) - Math.Min(listing.Skip, (ulong)Math.Max(0, totalCount)), listing.First));
            }
        }
    }
}
