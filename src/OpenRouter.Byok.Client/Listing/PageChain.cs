namespace OpenRouter.Byok.Client;

/// <summary>One reading of a list, page by page: what it saw, and whether the pages agree with each other.</summary>
/// <param name="id">A record's id.</param>
/// <param name="seen">The ids that the reading saw; only the chain adds to it.</param>
/// <param name="start">The offset at which the list is read from.</param>
internal sealed class PageChain<T>(Func<T, string> id, IdSet seen, long start)
{
    private readonly List<T> _added = [];
    private ListedPage<T>? _frontier;

    /// <summary>Whether records were seen at other positions than on the pages before.</summary>
    internal bool HasMoved { get; private set; }

    /// <summary>Whether records moved for another reason than creates and deletes, as far as the server counts them.</summary>
    internal bool IsInDoubt { get; private set; }

    /// <summary>Whether the page has a record that this reading saw before.</summary>
    internal bool HoldsSeen(ListedPage<T> page)
    {
        foreach (T record in page.Records)
        {
            if (seen.Contains(id(record)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether there may be unread records between the page and the records that were read before.</summary>
    internal bool IsShifted(ListedPage<T> page) => page.Offset > start && !HoldsSeen(page);

    /// <summary>Takes a page that is not shifted.</summary>
    /// <returns>The records that this reading sees for the first time; valid until the next call.</returns>
    internal List<T> Add(ListedPage<T> page)
    {
        (int Index, long Shift)? frontier = FindFrontier(page);
        bool seesAgain = false;
        _added.Clear();
        for (int index = 0; index < page.Records.Count; index++)
        {
            if (seen.Add(id(page.Records[index])))
            {
                _added.Add(page.Records[index]);
            }
            else
            {
                seesAgain |= index > frontier?.Index && IndexOf(page, id(page.Records[index])) == index;
            }
        }

        // A page without new records only leads to the frontier, unless the list ends with it.
        if (_frontier is not null && page.Records.Count > 0 && (_added.Count > 0 || page.IsShort))
        {
            HasMoved |= seesAgain || frontier is not { Shift: 0 };
            IsInDoubt |= seesAgain || !IsExplained(frontier?.Shift, page.TotalCount - _frontier.TotalCount, _frontier.Length);
        }

        if (_added.Count > 0)
        {
            _frontier = page;
        }

        return _added;
    }

    /// <summary>Whether a record is on the page more than once.</summary>
    internal bool RepeatsItself(ListedPage<T> page)
    {
        var own = new IdSet();
        foreach (T record in page.Records)
        {
            if (!own.Add(id(record)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether records that were created or deleted explain how far the frontier moved, or that all of it is gone.</summary>
    private static bool IsExplained(long? shift, long? grown, int length) => shift switch
    {
        null => grown <= -length,
        < 0 => grown == shift,
        > 0 => grown >= shift,
        _ => grown is not < 0,
    };

    /// <summary>
    /// Where the page has the last record that was read, or the last one before it that still exists, and how far the
    /// position after it, where the unread part begins, has moved.
    /// </summary>
    private (int Index, long Shift)? FindFrontier(ListedPage<T> page)
    {
        if (_frontier is not { } before)
        {
            return null;
        }

        long expected = before.End - 1 - page.Offset;
        if (expected >= 0 && expected < page.Records.Count && id(page.Records[(int)expected]) == id(before.Records[before.Length - 1]))
        {
            return ((int)expected, 0);
        }

        for (int last = before.Length - 1; last >= 0; last--)
        {
            int index = IndexOf(page, id(before.Records[last]));
            if (index >= 0)
            {
                return (index, page.Offset + index + 1 - before.End);
            }
        }

        return null;
    }

    private int IndexOf(ListedPage<T> page, string wanted)
    {
        for (int index = 0; index < page.Records.Count; index++)
        {
            if (id(page.Records[index]) == wanted)
            {
                return index;
            }
        }

        return -1;
    }
}
