using System.Collections;

namespace OpenRouter.Byok.Sandbox;

/// <summary>The received requests in order of arrival. Enumerating it is safe while requests arrive.</summary>
public sealed class RequestLog : IReadOnlyList<ReceivedRequest>
{
    private readonly Lock _lock = new();
    private readonly List<ReceivedRequest> _requests = [];
    private volatile bool _enabled = true;

    /// <summary>Whether requests are kept; off for measurements.</summary>
    public bool Enabled
    {
        get => _enabled;
        set => _enabled = value;
    }

    /// <inheritdoc/>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _requests.Count;
            }
        }
    }

    /// <inheritdoc/>
    public ReceivedRequest this[int index]
    {
        get
        {
            lock (_lock)
            {
                return _requests[index];
            }
        }
    }

    /// <summary>The requests for one operation.</summary>
    public IReadOnlyList<ReceivedRequest> Of(ApiOperation operation)
    {
        lock (_lock)
        {
            return _requests.FindAll(request => request.Operation == operation);
        }
    }

    /// <summary>Forgets them.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _requests.Clear();
        }
    }

    /// <inheritdoc/>
    public IEnumerator<ReceivedRequest> GetEnumerator()
    {
        lock (_lock)
        {
            return _requests.ToList().GetEnumerator();
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(ReceivedRequest request)
    {
        lock (_lock)
        {
            _requests.Add(request);
        }
    }
}
