using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>
/// A server in memory and a clock that moves only in steps: when a request is processed, in which order responses
/// arrive and what is created, deleted and moved in between depends only on the case, so every run is the same.
/// </summary>
internal sealed class ListingModel(ListingCase listing) : IByokTrace
{
    private readonly List<string> _records = [.. Enumerable.Range(0, listing.Records).Select(Id)];
    private readonly List<Request> _waiting = [];
    private readonly List<Request> _read = [];
    private readonly HashSet<string> _lasting = [];
    private readonly List<int> _counts = [];
    private int _next = listing.Records;

    /// <summary>What the listing returned, in order.</summary>
    internal List<string> Given { get; } = [];

    /// <summary>Its warnings.</summary>
    internal List<string> Warnings { get; } = [];

    /// <summary>The records that were there from the start of the listing to its end, in order.</summary>
    internal IReadOnlyList<string> Lasting => [.. _records.Where(_lasting.Contains)];

    /// <summary>All records there are now, in order.</summary>
    internal IReadOnlyList<string> Records => [.. _records];

    /// <summary>The ids of <see cref="Lasting"/> that the listing did not return.</summary>
    internal IReadOnlyList<string> Missing => [.. Lasting.Except(Given)];

    /// <summary>Whether it returned each id once at most.</summary>
    internal bool IsDistinct => Given.Distinct().Count() == Given.Count;

    /// <summary>How many requests were made.</summary>
    internal int Requests { get; private set; }

    /// <summary>How many records they asked for.</summary>
    internal int RecordsAsked { get; private set; }

    /// <summary>Whether every page is the first one.</summary>
    internal bool IgnoresOffset { get; init; }

    /// <summary>What the server says of how many records there are; <see langword="null"/>: what the case says.</summary>
    internal Func<int, long?>? TotalCountOf { get; init; }

    /// <summary>Which one of the pages, if any, is cut to one record; the first is 1.</summary>
    internal int CutPage { get; init; }

    /// <summary>Runs before each request is processed; for changes that never end.</summary>
    internal Action<ListingModel>? Churn { get; init; }

    /// <summary>Reads the list to its end, or to as many records as are wanted.</summary>
    internal void Run(long start = 0, long? first = null)
    {
        // Continuations run when a response arrives, on this thread.
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            _lasting.UnionWith(_records);
            Task reading = ReadAsync(start, first);
            foreach (ListingStep step in listing.Steps)
            {
                if (reading.IsCompleted)
                {
                    break;
                }

                Take(step);
            }

            while (!reading.IsCompleted)
            {
                Take(new ListingStep(_read.Count > 0 ? ListingEvent.Respond : ListingEvent.Read, 0));
            }

            reading.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    public void Verbose(string message)
    {
    }

    public bool IsDebugging => false;

    public void Debug(string message)
    {
    }

    public void Waiting(TimeSpan pause, string reason, int attempts)
    {
    }

    public void Warning(string message) => Warnings.Add(message);

    public void TotalCount(long totalCount)
    {
    }

    internal void Delete(int place)
    {
        if (_records.Count > 0)
        {
            Delete(_records[At(place, _records.Count)]);
        }
    }

    internal void Create(int place) => _records.Insert(At(place, _records.Count + 1), Id(_next++));

    /// <summary>Moves a record to another place.</summary>
    internal void Move(int place, int to)
    {
        if (_records.Count > 0)
        {
            Move(_records[At(place, _records.Count)], to);
        }
    }

    internal void Move(string record, int to)
    {
        _records.Remove(record);
        _records.Insert(At(to, _records.Count + 1), record);
    }

    private static string Id(int number) => new Guid(number, 0, 0, new byte[8]).ToString();

    private static int At(int place, int count) => Math.Min(count - 1, place * count / 100);

    internal void Delete(string record)
    {
        _records.Remove(record);
        _lasting.Remove(record);
    }

    private async Task ReadAsync(long start, long? first)
    {
        await foreach (string record in OffsetListing<string>.ReadAsync(
            FetchAsync, static record => record, new ListingRange(start, first, listing.PageSize, listing.ReadAhead), this, TestContext.Current.CancellationToken).ConfigureAwait(false))
        {
            Given.Add(record);
        }
    }

    private Task<Page<string>> FetchAsync(long offset, int limit, CancellationToken stop)
    {
        Requests++;
        RecordsAsked += limit;
        var request = new Request(offset, limit);
        stop.Register(() => request.Response.TrySetCanceled(stop));
        _waiting.Add(request);
        return request.Response.Task;
    }

    private void Take(ListingStep step)
    {
        switch (step.Event)
        {
            case ListingEvent.Delete:
                Delete(step.Place);
                break;
            case ListingEvent.DeleteGiven when Given.Where(_records.Contains).ToArray() is { Length: > 0 } given:
                Delete(given[At(step.Place, given.Length)]);
                break;
            case ListingEvent.Create:
                Create(step.Place);
                break;
            case ListingEvent.Move:
                Move(step.Place, step.To);
                break;
            case ListingEvent.MoveGivenToEnd when Given.Where(_records.Contains).ToArray() is { Length: > 0 } given:
                Move(given[At(step.Place, given.Length)], 100);
                break;
            case ListingEvent.Read when _waiting.Count > 0:
                Request request = TakeOut(_waiting, step.Place);
                Churn?.Invoke(this);
                request.Page = Read(request);
                _read.Add(request);
                break;
            case ListingEvent.Respond when _read.Count > 0:
                Request read = TakeOut(_read, step.Place);
                read.Response.TrySetResult(read.Page!);
                break;
            default:
                break;
        }
    }

    private static Request TakeOut(List<Request> requests, int place)
    {
        int at = At(place, requests.Count);
        Request request = requests[at];
        requests.RemoveAt(at);
        return request;
    }

    private Page<string> Read(Request request)
    {
        string[] page = [.. _records.Skip(IgnoresOffset ? 0 : (int)Math.Min(request.Offset, _records.Count)).Take(_counts.Count + 1 == CutPage ? 1 : Math.Min(request.Limit, listing.Cap))];
        _counts.Add(_records.Count);
        return new(page, TotalCountOf is null ? CountFor(request.Offset + page.Length) : TotalCountOf(_records.Count));
    }

    private long? CountFor(long end)
    {
        return listing.Count switch
        {
            ListingCount.Right => _records.Count,
            ListingCount.None => null,
            ListingCount.TooHigh => _records.Count + 7,
            ListingCount.TooLow => NotEndingAt(Math.Max(0, _records.Count - 7)),
            ListingCount.Lagging => NotEndingAt(_counts[Math.Max(0, _counts.Count - 4)]),
            _ => (_counts.Count % 3) switch { 0 => 1L << 61, 1 => long.MaxValue, _ => -5 },
        };

        // A short page and a count that ends with it look like the end of the list; they cannot be distinguished.
        long NotEndingAt(long count) => count == end ? count + 1 : count;
    }

    private sealed class Request(long offset, int limit)
    {
        internal long Offset => offset;

        internal int Limit => limit;

        internal TaskCompletionSource<Page<string>> Response { get; } = new();

        internal Page<string>? Page { get; set; }
    }
}
