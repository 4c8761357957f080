namespace OpenRouter.Byok.Client;

/// <summary>How many records pages ask for, how far they overlap, and how far back to read if they do not.</summary>
/// <param name="limit">How many records a page asks for at most.</param>
internal sealed class PageStride(int limit)
{
    private long _back;

    /// <summary>How many records a page asks for at most.</summary>
    internal int Limit { get; private set; } = limit;

    /// <summary>How many records of a page the next one asks for again.</summary>
    internal int Overlap { get; private set; } = 1;

    /// <summary>How many records the longest page had.</summary>
    internal int Longest { get; private set; }

    internal void Take(int length) => Longest = Math.Max(Longest, length);

    /// <summary>Asks for no more than the server returned, because it may cap pages; a much shorter page does not show a cap.</summary>
    internal void Shorten(int length)
    {
        if (2 * length >= Longest)
        {
            Limit = Math.Max(2, length);
            Overlap = Math.Min(Overlap, Limit / 2);
        }
    }

    /// <summary>The offset of the page after one that is chained.</summary>
    internal long After<T>(ListedPage<T> page)
    {
        _back = 0;
        return page.Offset + Math.Max(0, page.Length - Overlap);
    }

    /// <summary>How many records before a page that is shifted to read again: more each time.</summary>
    /// <param name="moved">How far the list moved, as far as the server's count shows.</param>
    internal long StepBack(long? moved)
    {
        _back = Math.Max(Math.Max(2 * _back, Limit - 1), moved + 1 ?? 0);
        Overlap = Math.Max(1, Math.Min(2 * Overlap, Limit / 2));
        return _back;
    }
}
