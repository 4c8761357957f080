using System.Runtime.CompilerServices;

namespace OpenRouter.Byok.Client;

/// <summary>
/// Lists all records of a server that pages by offset and limit, and misses none while records are created and deleted.
/// </summary>
/// <remarks>
/// <para>
/// If a record before the current offset is deleted, all later ones move up by one, so a plain loop skips one.
/// The count may not show it, because another record may have been created. So consecutive pages overlap, and
/// a page is used only if it is chained: it has a record that was read before, or it is at the start. One record of overlap
/// is enough for a list that does not move. Each time the list has moved, the overlap is doubled, up to
/// half a page, so that the listing makes progress even if the list moves all the time.
/// </para>
/// <para>
/// This is enough if the server keeps records in one relative order. Suppose that all records that last, up to a
/// frontier record, were returned. A chained page is one contiguous stretch of the list at one moment. It begins at or
/// before a record that was returned, so it has all records that last between that record and its own end, and the
/// frontier moves to its end. It does not matter at which moment the page was read, so pages can be read ahead. A
/// chained page that is shorter than requested ends at the end of the list: then all records that last were returned.
/// If a page is not chained, the listing steps back, further each time, and finally to the start.
/// </para>
/// <para>
/// A server may cap pages below what was requested. So a short page ends the listing only if the server's count agrees,
/// if it has no new record and the server counts no more, or if another look has no new record, or is short again
/// although longer pages were returned and the server counts no more. After a doubt, pages ask for no more than the
/// server returned, unless that was much less than it returned before. A count alone never ends a listing. If a server
/// caps pages at one record, pages cannot overlap: see <see cref="SingleRecordReading"/>.
/// </para>
/// <para>
/// A server may also move a record when the record is changed. Then a record can move from the unread part into the
/// part that was read, and one that was read can appear after a gap and chain a page by mistake. Both can be seen: the
/// overlap is not where it was, by more than the count explains, or a record is seen again after the overlap. While
/// records are only moved, a reading without such a sign had another record at each position, so it had all. After a
/// reading with such a sign, or one that moved and returned fewer records than the server counts, the list is read
/// again from the start; after a further reading only if that one is in doubt too and either had a new record or is
/// still short of the count. No client can see a move that a create and a delete at the same moment hide.
/// </para>
/// <para>
/// With an offset, a listing starts at a position: the record that was there when its first page was read. It is not read
/// again, because that would return records that moved across the start. If its position may be lost, it warns.
/// </para>
/// </remarks>
internal sealed class OffsetListing<T> : IDisposable
{
    private readonly Func<T, string> _id;
    private readonly ListingRange _range;
    private readonly IByokTrace? _trace;
    private readonly PageReadAhead<T> _ahead;
    private readonly PageStride _stride;
    private readonly WorkBudget _budget = new();
    private readonly IdSet _returned = new();
    private readonly List<T> _unreturned = [];

    private PageChain<T> _chain;
    private SingleRecordReading? _single;
    private PageState _state;
    private bool _isSteady;
    private long? _count;
    private long? _firstCount;
    private bool _isCountConstant = true;
    private bool _isFirstReading = true;
    private long _returnedBefore;
    private bool _isPlaceLost;

    private OffsetListing(
        Func<long, int, CancellationToken, Task<Page<T>>> fetch, Func<T, string> id, ListingRange range, IByokTrace? trace, CancellationToken cancellationToken)
    {
        _id = id;
        _range = range;
        _trace = trace;
        _stride = new PageStride(range.PageSize);
        _ahead = new PageReadAhead<T>(fetch, range.ReadAhead, cancellationToken);
        _ahead.MoveTo(range.Start);

        // The first reading and what was returned share one set of ids.
        _chain = new PageChain<T>(id, _returned, range.Start);
    }

    /// <summary>Reads the listing; see the type's remarks.</summary>
    /// <param name="fetch">Requests a page: offset, limit.</param>
    /// <param name="id">A record's id.</param>
    /// <param name="range">Which part to read.</param>
    /// <param name="trace">Receives counts, shifts and warnings.</param>
    /// <param name="cancellationToken">Stops the listing and the requests that are in flight.</param>
    internal static async IAsyncEnumerable<T> ReadAsync(
        Func<long, int, CancellationToken, Task<Page<T>>> fetch,
        Func<T, string> id,
        ListingRange range,
        IByokTrace? trace,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (range.First <= 0)
        {
            yield break;
        }

        using var listing = new OffsetListing<T>(fetch, id, range, trace, cancellationToken);
        long left = range.First ?? long.MaxValue;
        ListedPage<T> page;
        do
        {
            listing.Request();
            page = await listing._ahead.TakeAsync().ConfigureAwait(false);
            foreach (T record in listing.Take(page))
            {
                yield return record;
                if (--left == 0)
                {
                    yield break;
                }
            }
        }
        while (listing.MoveOnFrom(page));
    }

    public void Dispose() => _ahead.Dispose();

    /// <summary>Requests the next page, and more pages ahead while the list does not move.</summary>
    private void Request()
    {
        if (_single is not null)
        {
            _ahead.MoveTo(_single.Offset);
            _ahead.Request(limit: 2, overlap: 1);
            return;
        }

        // How far it is worth reading: as far as the server counts, the look after a full last page included, but no
        // further than what is wanted, which begins after the records that the next page repeats.
        long end = _count ?? 0;
        long wanted = long.MaxValue;
        if (_range.First is { } first && _isFirstReading)
        {
            wanted = _ahead.Head + (_returned.Count == 0 ? 0 : _stride.Overlap) + first - _returned.Count;
            end = Math.Min(end, wanted - 1);
        }

        while (_ahead.IsEmpty || (_isSteady && !_ahead.IsFull && _ahead.Tail + _stride.Overlap - 1 < end))
        {
            // A page that is no longer than the overlap has no new record; only the first page repeats none.
            bool isFirst = _budget.Pages == 0;
            int least = isFirst && _range.First == 1 ? 1 : _stride.Overlap + 1;
            bool isAsMuchAsWanted = isFirst || _isSteady;
            _ahead.Request(
                isAsMuchAsWanted ? (int)Math.Min(_stride.Limit, Math.Max(wanted - _ahead.Tail, least)) : _stride.Limit, _stride.Overlap);
        }
    }

    /// <summary>Takes a page.</summary>
    /// <returns>Its records that were not returned before; valid until the next call.</returns>
    private List<T> Take(ListedPage<T> page)
    {
        _stride.Take(page.Length);
        _budget.Take(page.Length > 0 ? page.End : null, page.TotalCount);
        if (page.TotalCount is { } count)
        {
            _firstCount ??= count;
            _isCountConstant &= count == _firstCount;
            _trace?.TotalCount(count);
        }

        return _single is null ? TakeOverlapping(page) : TakeSingle(page, _single);
    }

    private List<T> TakeOverlapping(ListedPage<T> page)
    {
        if (_chain.IsShifted(page))
        {
            _state = PageState.Shifted;
            return [];
        }

        if (page.Offset > 0 && _returned.Count > 0 && page.TotalCount != _firstCount - _returned.Count && !_chain.HoldsSeen(page))
        {
            WarnThatPlaceIsLost();
        }

        List<T> added = _chain.Add(page);
        _count = page.TotalCount ?? _count;
        _isSteady = added.Count > 0 && !page.IsShort;
        _state = Classify(page, isLook: _state == PageState.Short, bringsNew: added.Count > 0);
        if (!_isFirstReading)
        {
            return KeepUnreturned(added);
        }

        if (_state == PageState.Single)
        {
            _single = new SingleRecordReading(_range.Start);
            _single.Take(_id(page.Records[0]));
            _isFirstReading = false;
        }

        return added;
    }

    /// <summary>What a page that is not shifted shows.</summary>
    private PageState Classify(ListedPage<T> page, bool isLook, bool bringsNew)
    {
        if (!page.IsShort)
        {
            return PageState.Chained;
        }

        // Records that are repeated within a page may well be more than the server counts.
        if (page.TotalCount == page.End || (page.TotalCount < page.End && _chain.RepeatsItself(page)))
        {
            return PageState.Last;
        }

        if (!bringsNew && (isLook || !(_count > page.End)))
        {
            if (_count > page.End)
            {
                _trace?.Verbose($"The server counts {_count} records, but its list ends after {page.End}.");
            }

            return PageState.Last;
        }

        if (bringsNew && _stride.Longest == 1)
        {
            return PageState.Single;
        }

        // A look that is short again although longer pages were returned, if the server counts no more.
        return isLook && page.Length < _stride.Longest && page.TotalCount < page.End ? PageState.Last : PageState.Short;
    }

    private List<T> TakeSingle(ListedPage<T> page, SingleRecordReading single)
    {
        if (page.Records.Count > 1)
        {
            // Pages can overlap after all.
            _single = null;
            BeginReading();
            _state = PageState.Shifted;
            return [];
        }

        if (page.Records.Count == 0 && _range.Start > 0)
        {
            WarnThatPlaceIsLost();
            _state = PageState.Last;
            return [];
        }

        _state = single.Take(page.Records.Count > 0 ? _id(page.Records[0]) : null) ? PageState.Last : PageState.Single;
        return KeepUnreturned(page.Records);
    }

    private List<T> KeepUnreturned(IReadOnlyList<T> records)
    {
        _unreturned.Clear();
        foreach (T record in records)
        {
            if (_returned.Add(_id(record)))
            {
                _unreturned.Add(record);
            }
        }

        return _unreturned;
    }

    /// <summary>Decides where to read after a page; <see langword="false"/> if the listing ends.</summary>
    private bool MoveOnFrom(ListedPage<T> page)
    {
        if (_state == PageState.Last && !MustReadAgain())
        {
            return false;
        }

        if (_budget.IsSpent(_returned.Count, _stride.Longest))
        {
            _trace?.Warning(
                $"The listing stopped after {_returned.Count} records: the list changes faster than it can be read, or the server repeats itself. Records may be missing. List again when fewer changes are in progress.");
            return false;
        }

        switch (_state)
        {
            case PageState.Shifted:
                StepBackFrom(page);
                break;
            case PageState.Chained:
                _ahead.MoveTo(_stride.After(page));
                break;
            case PageState.Short:
                _stride.Shorten(page.Length);
                _ahead.MoveTo(_stride.After(page));
                break;
            case PageState.Last:
                _trace?.Verbose("Records moved while the list was read; reading the list again.");
                BeginReading();
                _ahead.MoveTo(_range.Start);
                break;
            default:
                break;
        }

        return true;
    }

    private void StepBackFrom(ListedPage<T> page)
    {
        // Usually the count shows how far the list moved; otherwise each step is twice as long.
        long back = _stride.StepBack(_count - page.TotalCount);
        _trace?.Verbose($"The list moved while it was read; reading again from {back} records before {page.Offset}.");
        _isSteady = false;
        _ahead.MoveTo(Math.Max(_range.Start, page.Offset - back));
    }

    /// <summary>Whether the list must be read once more after its end was reached.</summary>
    private bool MustReadAgain()
    {
        if (_single is not null)
        {
            return false;
        }

        // While records are only moved, their number is constant, so that many ids are all records.
        bool isInDoubt = _chain.IsInDoubt && !(_isCountConstant && _count == _range.Start + _returned.Count);
        if (_range.Start > 0)
        {
            if (isInDoubt)
            {
                WarnThatPlaceIsLost();
            }

            return false;
        }

        bool isMissing = _count > _returned.Count;
        return _isFirstReading
            ? isInDoubt || (_chain.HasMoved && isMissing)
            : isInDoubt && (isMissing || _returned.Count > _returnedBefore);
    }

    private void BeginReading()
    {
        _chain = new PageChain<T>(_id, new IdSet(), _range.Start);
        _returnedBefore = _returned.Count;
        _isFirstReading = false;
        _isSteady = false;
    }

    private void WarnThatPlaceIsLost()
    {
        if (!_isPlaceLost)
        {
            _isPlaceLost = true;
            _trace?.Warning(
                $"The list changed while it was read from record {_range.Start}, so the start position may be wrong. Records may be missing. List again when fewer changes are in progress, or without skipping records.");
        }
    }
}
