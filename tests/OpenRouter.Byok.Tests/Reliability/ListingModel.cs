using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>
/// A server in memory and a clock that moves only by steps: which request is carried out when, in which order answers
/// arrive and what is created and deleted in between is all decided by the case, so every run of it is the same.
/// </summary>
internal sealed class ListingModel(ListingCase listing) : IByokTrace
{
    private readonly List<string> _records = [.. Enumerable.Range(0, listing.Records).Select(Id)];
    private readonly List<Request> _waiting = [];
    private readonly List<Request> _read = [];
    private readonly HashSet<string> _lasting = [];
    private int _next = listing.Records;

    /// <summary>What the listing gave, in order.</summary>
    internal List<string> Given { get; } = [];

    /// <summary>What it warned of.</summary>
    internal List<string> Warnings { get; } = [];

    /// <summary>The records that were there from the start of the listing to its end, in order.</summary>
    internal IReadOnlyList<string> Lasting => [.. _records.Where(_lasting.Contains)];

    /// <summary>All records there are now, in order.</summary>
    internal IReadOnlyList<string> Records => [.. _records];

    /// <summary>How many requests were made.</summary>
    internal int Requests { get; private set; }

    /// <summary>How many records they asked for.</summary>
    internal int RecordsAsked { get; private set; }

    /// <summary>Whether every page is the first one.</summary>
    internal bool IgnoresOffset { get; init; }

    /// <summary>What happens before each request is carried out; for changes that never end.</summary>
    internal Action<ListingModel>? Churn { get; init; }

    /// <summary>Reads the list to its end, or to as many records as are wanted.</summary>
    internal void Run(long start = 0, long? first = null)
    {
        // Continuations run where an answer arrives, on this very thread.
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
                Take(new ListingStep(_read.Count > 0 ? ListingEvent.Answer : ListingEvent.Read, 0));
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

    private static string Id(int number) => new Guid(number, 0, 0, new byte[8]).ToString();

    private static int At(int place, int count) => Math.Min(count - 1, place * count / 100);

    private void Delete(string record)
    {
        _records.Remove(record);
        _lasting.Remove(record);
    }

    private async Task ReadAsync(long start, long? first)
    {
        await foreach (string record in OffsetListing.ReadAsync(
            FetchAsync, static record => record, start, first, listing.PageSize, listing.ReadAhead, this, TestContext.Current.CancellationToken).ConfigureAwait(false))
        {
            Given.Add(record);
        }
    }

    private Task<Page<string>> FetchAsync(long offset, int limit, CancellationToken stop)
    {
        Requests++;
        RecordsAsked += limit;
        var request = new Request(offset, limit);
        stop.Register(() => request.Answer.TrySetCanceled(stop));
        _waiting.Add(request);
        return request.Answer.Task;
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
            case ListingEvent.Read when _waiting.Count > 0:
                Request request = TakeOut(_waiting, step.Place);
                Churn?.Invoke(this);
                request.Page = Read(request);
                _read.Add(request);
                break;
            case ListingEvent.Answer when _read.Count > 0:
                Request read = TakeOut(_read, step.Place);
                read.Answer.TrySetResult(read.Page!);
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
        string[] page = [.. _records.Skip(IgnoresOffset ? 0 : (int)request.Offset).Take(Math.Min(request.Limit, listing.Cap))];
        int tooLow = Math.Max(0, _records.Count - 7);
        return new(page, listing.Totals switch
        {
            0 => _records.Count,
            1 => null,
            2 => _records.Count + 7,

            // A short page and a count that ends with it look like the end of the list; nothing could tell them apart.
            _ => tooLow == request.Offset + page.Length ? tooLow + 1 : tooLow,
        });
    }

    private sealed class Request(long offset, int limit)
    {
        internal long Offset => offset;

        internal int Limit => limit;

        internal TaskCompletionSource<Page<string>> Answer { get; } = new();

        internal Page<string>? Page { get; set; }
    }
}
