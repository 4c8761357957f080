using System.Runtime.CompilerServices;

namespace OpenRouter.Byok.Http;

/// <summary>
/// Lists everything that a server offers by offset and limit, and misses nothing while records come and go.
/// </summary>
/// <remarks>
/// <para>
/// A record that is deleted before the present offset moves all later ones towards it, so that a plain loop passes over
/// one; a count that is watched does not show it where another record was created meanwhile. So consecutive pages
/// overlap by one record, and a page counts only if it is chained: it holds a record that was given before, or it
/// stands at the start.
/// </para>
/// <para>
/// Why that is enough, as long as the server keeps records in one relative order: let everything that lasts, up to a
/// frontier record, have been given. A chained page is one contiguous stretch of the list at one moment; it begins at
/// or before a given record, so whatever lasts between that record and the page's end is in it, and the frontier moves
/// to its end. A chained page that is shorter than asked for ends at the end of the list: then all that lasts has been
/// given. Where a page is not chained the listing steps back, further each time, at last to the start.
/// </para>
/// </remarks>
internal static class OffsetListing
{
    /// <summary>More records than this are taken for a server that never ends.</summary>
    internal const int MaximumRecords = 1_000_000;

    /// <summary>Reads the listing; see the type's remarks.</summary>
    /// <param name="fetch">Asks for a page: offset, limit.</param>
    /// <param name="id">A record's id.</param>
    /// <param name="start">The first offset.</param>
    /// <param name="first">How many records are wanted at most; <see langword="null"/>: all.</param>
    /// <param name="pageSize">The limit of a page, at least 2: a page of one record cannot overlap.</param>
    /// <param name="readAhead">How many pages may be under way at once.</param>
    /// <param name="trace">Hears of totals, shifts and of a bound that is hit.</param>
    /// <param name="cancellationToken">Stops the listing and what is under way.</param>
    internal static async IAsyncEnumerable<T> ReadAsync<T>(
        Func<long, int, CancellationToken, Task<Page<T>>> fetch,
        Func<T, string> id,
        long start,
        long? first,
        int pageSize,
        int readAhead,
        IByokTrace? trace,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (first <= 0)
        {
            yield break;
        }

        int limit = (int)Math.Min(Math.Max(pageSize, 2), Math.Max(first ?? pageSize, 2));
        int stride = limit - 1;
        var given = new IdSet();
        long emitted = 0;
        long consumed = 0;
        long? total = null;
        long back = 0;
        bool mayReadAhead = false;
        long scheduled = start;
        var ahead = new Queue<(long Offset, Task<Page<T>> Page)>();
        CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (true)
            {
                Schedule();
                (long offset, Task<Page<T>> task) = ahead.Dequeue();
                Page<T> page = await task.ConfigureAwait(false);
                consumed++;
                if (page.TotalCount is { } count)
                {
                    trace?.TotalCount(count);
                }

                if (offset > start && !IsChained(page))
                {
                    // Usually the count tells how far the list has moved; where it does not, look twice as far back.
                    back = Math.Max(Math.Max(2 * back, stride), (total - page.TotalCount + 1) ?? 0);
                    trace?.Verbose($"The list moved while it was read; reading again from {Math.Max(back, 1)} records before {offset}.");
                    Restart(Math.Max(start, offset - back));
                    mayReadAhead = false;
                }
                else
                {
                    back = 0;
                    total = page.TotalCount ?? total;
                    long before = emitted;
                    foreach (T record in page.Items)
                    {
                        if (!given.Add(id(record)))
                        {
                            continue;
                        }

                        yield return record;
                        if (++emitted == first)
                        {
                            yield break;
                        }
                    }

                    bool isShort = page.Items.Count < limit;
                    bool toldMore = offset + page.Items.Count < total && emitted > before;
                    if (isShort && !toldMore)
                    {
                        yield break;
                    }

                    // A server may cap a page below what was asked for; it has to overlap all the same.
                    long next = Math.Max(offset + page.Items.Count - 1, start);
                    mayReadAhead = true;
                    if (ahead.Count == 0 ? scheduled != next : ahead.Peek().Offset != next)
                    {
                        Restart(next);
                    }
                }

                // Four reads for each page's worth of records is far more than any shift costs; beyond it the list
                // changes faster than it can be read, or the server repeats itself.
                if (consumed > 16 + (4 * (1 + (emitted / stride))) || emitted >= MaximumRecords)
                {
                    trace?.Warning(
                        $"The listing was ended after {emitted} records: the list changes faster than it can be read, or the server repeats itself. Records may be missing; list again when fewer changes are under way.");
                    yield break;
                }
            }
        }
        finally
        {
            Abandon();
            stop.Dispose();
        }

        bool IsChained(Page<T> page)
        {
            foreach (T record in page.Items)
            {
                if (given.Contains(id(record)))
                {
                    return true;
                }
            }

            return false;
        }

        void Schedule()
        {
            // How far it is worth reading: as far as the server counts, no further than what is wanted.
            long end = total ?? 0;
            if (first is { } wanted)
            {
                long next = ahead.Count > 0 ? ahead.Peek().Offset : scheduled;
                end = Math.Min(end, next + 1 + wanted - emitted);
            }

            do
            {
                ahead.Enqueue((scheduled, fetch(scheduled, limit, stop.Token)));
                scheduled += stride;
            }
            while (mayReadAhead && ahead.Count < readAhead && scheduled + 1 < end);
        }

        void Restart(long offset)
        {
            Abandon();
            stop.Dispose();
            stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            scheduled = offset;
        }

        void Abandon()
        {
            stop.Cancel();
            foreach ((long _, Task<Page<T>> page) in ahead)
            {
                // Nobody waits for these any more; what becomes of them is not an error of the listing.
                _ = page.ContinueWith(
                    static abandoned => _ = abandoned.Exception,
                    CancellationToken.None,
                    TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
            }

            ahead.Clear();
        }
    }
}
