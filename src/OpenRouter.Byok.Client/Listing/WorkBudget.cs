namespace OpenRouter.Byok.Client;

/// <summary>How many pages a listing may take before it counts as one that never ends.</summary>
/// <remarks>
/// What lasts was there at the start, so the server's first count bounds the work, however much is created meanwhile. A
/// count is advice: by as much as later counts are seen to be too low, the first may have been too low. Records that were
/// found bound the work too, so that a count that is far too high allows nothing. Four pages taken for each page that is
/// needed are far more than any change costs; beyond them the list changes faster than it can be read, or the server
/// repeats itself.
/// </remarks>
internal sealed class WorkBudget
{
    /// <summary>More records than this are taken for a server that never ends.</summary>
    internal const int MaximumRecords = 1_000_000;

    private const int FreePages = 16;
    private const int PagesPerPage = 4;

    private bool _isCounted = true;
    private long? _firstCount;
    private long _missingInCount;

    /// <summary>How many pages were taken.</summary>
    internal long Pages { get; private set; }

    /// <summary>Counts a page that was taken.</summary>
    /// <param name="end">The offset after its last record; <see langword="null"/> where it has none.</param>
    /// <param name="totalCount">How many records the server counts.</param>
    internal void Take(long? end, long? totalCount)
    {
        Pages++;
        _isCounted &= totalCount is not null;
        _firstCount ??= totalCount;
        _missingInCount = Math.Max(_missingInCount, end - totalCount ?? 0);
    }

    /// <summary>Whether the listing has to end.</summary>
    /// <param name="found">How many records it found.</param>
    /// <param name="longest">How many records the longest page had.</param>
    internal bool IsSpent(long found, int longest)
    {
        long needed = _isCounted ? Math.Min(found, _firstCount + _missingInCount ?? found) : found;
        return Pages > FreePages + (PagesPerPage * (1 + (needed / Math.Max(1, longest - 1)))) || found >= MaximumRecords;
    }
}
