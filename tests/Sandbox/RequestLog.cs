using System.Collections;

namespace OpenRouter.Byok.Sandbox;

/// <summary>The received requests in order of arrival. Enumerating it is safe while requests arrive.</summary>
public sealed class RequestLog : IReadOnlyList<ReceivedRequest>
{
    private readonly Lock _lock = new();
    private readonly List<ReceivedRequest> _requests = [];

    /// <inheritdoc/>
    public int Count => Snapshot().Length;

    /// <inheritdoc/>
    public ReceivedRequest this[int index] => Snapshot()[index];

    /// <summary>The requests for one operation.</summary>
    public IReadOnlyList<ReceivedRequest> Of(ApiOperation operation) => [.. Snapshot().Where(request => request.Operation == operation)];

    /// <summary>Removes them.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _requests.Clear();
        }
    }

    /// <inheritdoc/>
    public IEnumerator<ReceivedRequest> GetEnumerator() => Snapshot().AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(ReceivedRequest request)
    {
        lock (_lock)
        {
            _requests.Add(request);
        }
    }

    private ReceivedRequest[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _requests];
        }
    }
}
