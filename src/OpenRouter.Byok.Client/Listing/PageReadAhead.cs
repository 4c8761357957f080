namespace OpenRouter.Byok.Client;

/// <summary>The pages that are requested and not yet used, in the order of their offsets.</summary>
internal sealed class PageReadAhead<T>(
    Func<long, int, CancellationToken, Task<Page<T>>> fetch, int capacity, CancellationToken cancellationToken) : IDisposable
{
    private readonly Queue<PageRequest> _requests = new();
    private CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

    internal bool IsEmpty => _requests.Count == 0;

    internal bool IsFull => _requests.Count >= capacity;

    /// <summary>The offset of the page that is taken next.</summary>
    internal long Head => IsEmpty ? Tail : _requests.Peek().Offset;

    /// <summary>The offset of the page that is requested next.</summary>
    internal long Tail { get; private set; }

    /// <summary>Requests the next page.</summary>
    /// <param name="limit">How many records to ask for.</param>
    /// <param name="overlap">How many of them the page after it asks for again.</param>
    internal void Request(int limit, int overlap)
    {
        _requests.Enqueue(new PageRequest(Tail, limit, fetch(Tail, limit, _stop.Token)));
        Tail += limit - overlap;
    }

    /// <summary>Takes the first of the requested pages.</summary>
    internal async Task<ListedPage<T>> TakeAsync()
    {
        PageRequest request = _requests.Dequeue();
        Page<T> page = await request.Response.ConfigureAwait(false);
        return new ListedPage<T>(request.Offset, request.Limit, page.Items, page.TotalCount);
    }

    /// <summary>Continues at an offset; cancels the requested pages unless they begin there.</summary>
    internal void MoveTo(long offset)
    {
        if (Head == offset)
        {
            return;
        }

        if (!IsEmpty)
        {
            Abandon();
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        }

        Tail = offset;
    }

    public void Dispose() => Abandon();

    private void Abandon()
    {
        _stop.Cancel();
        _stop.Dispose();
        foreach (PageRequest request in _requests)
        {
            // These pages are no longer needed; their failures are not failures of the listing.
            _ = request.Response.ContinueWith(
                static abandoned => _ = abandoned.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        _requests.Clear();
    }

    private sealed record PageRequest(long Offset, int Limit, Task<Page<T>> Response);
}
