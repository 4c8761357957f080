namespace OpenRouter.Byok.Client;

/// <summary>The permission to send one attempt. Disposing it admits the next request.</summary>
internal sealed class Lease : IDisposable
{
    /// <summary>The lease if the server asks for a longer pause than the longest wait.</summary>
    internal static readonly Lease Refused = new(limiter: null, round: 0);

    private readonly ConcurrencyLimiter? _limiter;
    private bool _succeeded;
    private bool _isDisposed;

    internal Lease(ConcurrencyLimiter? limiter, long round)
    {
        _limiter = limiter;
        Round = round;
    }

    /// <summary>Whether the attempt may be sent.</summary>
    internal bool IsAcquired => _limiter is not null;

    /// <summary>How many times the server had asked for a pause when the attempt was sent.</summary>
    internal long Round { get; }

    /// <summary>Records that the server processed the request.</summary>
    internal void Succeed() => _succeeded = true;

    /// <summary>Makes all requests wait, because the server asked for it in response to this attempt.</summary>
    internal void Pause(TimeSpan pause) => _limiter?.Pause(Round, pause);

    public void Dispose()
    {
        if (_limiter is not null && !_isDisposed)
        {
            _isDisposed = true;
            _limiter.Release(Round, _succeeded);
        }
    }
}
