namespace OpenRouter.Byok.Client;

/// <summary>Which part of a list to read, and in which steps.</summary>
/// <param name="Start">The first offset.</param>
/// <param name="First">How many records to return at most; <see langword="null"/>: all.</param>
/// <param name="PageSize">The limit of a page, at least 2: a page of one record cannot overlap.</param>
/// <param name="ReadAhead">How many pages may be requested at the same time.</param>
internal sealed record ListingRange(long Start, long? First, int PageSize, int ReadAhead)
{
    /// <summary>Sums of offsets and counts below this never overflow.</summary>
    internal const long Furthest = long.MaxValue / 4;

    /// <summary>The first offset.</summary>
    internal long Start { get; } = Math.Min(Start, Furthest);

    /// <summary>How many records to return at most; <see langword="null"/>: all.</summary>
    internal long? First { get; } = First > Furthest ? null : First;

    /// <summary>The limit of a page.</summary>
    internal int PageSize { get; } = Math.Max(PageSize, 2);
}
