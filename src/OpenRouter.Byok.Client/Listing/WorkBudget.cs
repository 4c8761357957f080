namespace OpenRouter.Byok.Client;

/// <summary>How many pages a listing may read before it is treated as endless.</summary>
/// <remarks>
/// Records that last existed at the start, so the server's first count limits the work, even if many are created. A
/// count is only a hint: if later counts are too low by a number, the first may be too low by the same number. Records
/// that were found limit the work too, so that a count that is far too high has no effect. Four pages for each page
/// that is required are far more than changes cause; after them the list changes faster than it can be read, or the
/// server repeats itself.
/// </remarks>
internal sealed class WorkBudget
{
    /// <summary>A server with more records than this is treated as endless.</summary>
    internal const int MaximumRecords = 1_000_000;

    private const int FreePages = 16;
    private const int PagesPerPage = 4;

    private bool _isCounted = true;
    private long? _firstCount;
    private long _missingInCount;

    /// <summary>How many pages were read.</summary>
    internal long Pages { get; private set; }

    /// <summary>Counts a page that was read.</summary>
    /// <param name="end">The offset after its last record; <see langword="null"/> if it has none.</param>
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
