namespace OpenRouter.Byok.Client;

/// <summary>A page and where it is in the list.</summary>
/// <param name="Offset">The offset that was requested.</param>
/// <param name="Limit">The limit that was requested.</param>
/// <param name="Records">The records, in the server's order.</param>
/// <param name="TotalCount">How many records the server counts; <see langword="null"/> if it does not say.</param>
internal sealed record ListedPage<T>(long Offset, int Limit, IReadOnlyList<T> Records, long? TotalCount)
{
    /// <summary>How many positions of the list the page covers. Records beyond the limit are repetitions.</summary>
    internal int Length => Math.Min(Records.Count, Limit);

    /// <summary>The offset after the page's last record.</summary>
    internal long End => Offset + Length;

    /// <summary>Whether the page has fewer records than requested.</summary>
    internal bool IsShort => Records.Count < Limit;

    /// <summary>
    /// How many records the server counts. A count is only a hint: a negative one, or one beyond any list that is read
    /// to its end, is ignored.
    /// </summary>
    internal long? TotalCount { get; } = TotalCount is >= 0 and <= WorkBudget.MaximumRecords ? TotalCount : null;
}
