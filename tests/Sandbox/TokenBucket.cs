namespace OpenRouter.Byok.Sandbox;

/// <summary>Admits requests at a rate, saving up at most one second's worth.</summary>
internal sealed class TokenBucket(RateLimit limit, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly double _capacity = Math.Max(1, limit.RequestsPerSecond);
    private double _tokens = Math.Max(1, limit.RequestsPerSecond);
    private long _filledAt = time.GetTimestamp();

    internal RateLimit Limit => limit;

    internal bool Admit()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(_capacity, _tokens + (time.GetElapsedTime(_filledAt, now).TotalSeconds * limit.RequestsPerSecond));
            _filledAt = now;
            if (_tokens < 1)
            {
                return false;
            }

            _tokens--;
            return true;
        }
    }
}
