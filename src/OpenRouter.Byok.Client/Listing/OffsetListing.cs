using System.Runtime.CompilerServices;

namespace OpenRouter.Byok.Client;

/// <summary>
/// Lists everything that a server offers by offset and limit, and misses nothing while records come and go.
/// </summary>
/// <remarks>
/// <para>
/// A record that is deleted before the present offset moves all later ones towards it, so that a plain loop passes over
/// one; a count that is watched does not show it where another record was created meanwhile. So consecutive pages
/// overlap, and a page counts only if it is chained: it holds a record that was given before, or it stands at the
/// start. One record of overlap is enough for a list that holds still; each time that the list turns out to have moved
/// it is doubled, up to half a page, so that a list that goes on moving is read on and not over and over again.
/// </para>
/// <para>
/// Why that is enough, as long as the server keeps records in one relative order: let everything that lasts, up to a
/// frontier record, have been given. A chained page is one contiguous stretch of the list at one moment; it begins at
/// or before a given record, so whatever lasts between that record and the page's end is in it, and the frontier moves
/// to its end. It does not matter at which moment the page was read, so pages may be read ahead. A chained page that is
/// shorter than asked for ends at the end of the list: then all that lasts has been given. Where a page is not chained
/// the listing steps back, further each time, at last to the start.
/// </para>
/// <para>
/// A server may cap pages below what was asked for. So a short page is believed only where the server's count agrees or
/// another look brings nothing new; after the first doubt no more is asked for than the server gave. A count alone never
/// ends a listing.
/// </para>
/// <para>
/// A listing that starts further on starts at a position: what was there when its first page was read. Where none of
/// what it gave is left at that position, and the count does not explain it by what was given, it says so.
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

        int limit = Math.Max(pageSize, 2);
        int widest = 0;
        int overlap = 1;
        var given = new IdSet();
        long emitted = 0;
        long consumed = 0;
        long? total = null;
        long? totalAtFirst = null;
        bool isCounted = true;
        long back = 0;
        bool isSteady = false;
        long scheduled = start;
        var ahead = new Queue<(long Offset, int Asked, Task<Page<T>> Page)>();
        CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (true)
            {
                Schedule();
                (long offset, int asked, Task<Page<T>> task) = ahead.Dequeue();
                Page<T> page = await task.ConfigureAwait(false);
                int count = page.Items.Count;
                widest = Math.Max(widest, count);
                consumed++;
                if (page.TotalCount is { } told)
                {
                    totalAtFirst ??= told;
                    trace?.TotalCount(told);
                }

                bool holdsGiven = HoldsGiven(page);
                if (offset > start && !holdsGiven)
                {
                    // Usually the count tells how far the list has moved; where it does not, look twice as far back.
                    back = Math.Max(Math.Max(2 * back, limit - 1), (total - page.TotalCount + 1) ?? 0);
                    trace?.Verbose($"The list moved while it was read; reading again from {back} records before {offset}.");
                    overlap = Math.Max(1, Math.Min(2 * overlap, limit / 2));
                    Restart(Math.Max(start, offset - back));
                    isSteady = false;
                }
                else
                {
                    if (offset > 0 && !holdsGiven && given.Count > 0 && page.TotalCount != totalAtFirst - given.Count)
                    {
                        trace?.Warning(
                            $"The list moved before record {start} while it was read from there on; records may be missing. List again when fewer changes are under way, or without skipping any.");
                    }

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

                    if (count < asked)
                    {
                        // Rows that are repeated within a page may well be more than the server counts.
                        if (page.TotalCount == offset + count || (page.TotalCount < offset + count && RepeatsItself(page)))
                        {
                            yield break;
                        }

                        if (emitted == before)
                        {
                            if (page.TotalCount > offset + count)
                            {
                                string contradiction = $"The server counts {page.TotalCount} records, but its list ends after {offset + count}.";
                                if (widest < 2)
                                {
                                    trace?.Warning(contradiction + " Records may be missing: it gives one record at a time, so that changes cannot be seen.");
                                }
                                else
                                {
                                    trace?.Verbose(contradiction);
                                }
                            }

                            yield break;
                        }

                        limit = Math.Max(2, count);
                        overlap = Math.Min(overlap, limit / 2);
                    }

                    // Rows beyond what was asked for are repetitions; they do not move the offset.
                    long next = offset + Math.Max(0, Math.Min(count, asked) - overlap);
                    isSteady = emitted > before;
                    if (ahead.Count == 0 ? scheduled != next : ahead.Peek().Offset != next)
                    {
                        Restart(next);
                    }
                }

                // What lasts was there at the start, so the count at the start bounds the work, however much is created
                // meanwhile; a count that is less than what the same page shows is none. Four reads for each page is far
                // more than any shift costs; beyond it the list changes faster than it can be read, or the server repeats
                // itself.
                isCounted &= page.TotalCount >= offset + Math.Min(count, asked) || count == 0;
                long pages = 1 + ((isCounted ? totalAtFirst ?? emitted : emitted) / (limit - 1));
                if (consumed > 16 + (4 * pages) || emitted >= MaximumRecords)
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

        bool HoldsGiven(Page<T> page)
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

        bool RepeatsItself(Page<T> page)
        {
            var own = new IdSet();
            foreach (T record in page.Items)
            {
                if (!own.Add(id(record)))
                {
                    return true;
                }
            }

            return false;
        }

        void Schedule()
        {
            // How far it is worth reading: as far as the server counts, the look after a full last page included, but no
            // further than what is wanted, which begins after the records that the next page repeats.
            long end = total ?? 0;
            long wanted = long.MaxValue;
            if (first is { } most)
            {
                long next = ahead.Count > 0 ? ahead.Peek().Offset : scheduled;
                wanted = next + (emitted == 0 ? 0 : overlap) + most - emitted;
                end = Math.Min(end, wanted - 1);
            }

            while (ahead.Count == 0 || (isSteady && ahead.Count < readAhead && scheduled + overlap - 1 < end))
            {
                // A page that is no longer than the overlap brings nothing new; only the first one has nothing to repeat.
                int least = first == 1 && consumed == 0 ? 1 : overlap + 1;
                int asked = isSteady || consumed == 0 ? (int)Math.Min(limit, Math.Max(wanted - scheduled, least)) : limit;
                ahead.Enqueue((scheduled, asked, fetch(scheduled, asked, stop.Token)));
                scheduled += asked - overlap;
            }
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
            foreach ((long _, int _, Task<Page<T>> page) in ahead)
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
