namespace OpenRouter.Byok.Sandbox;

/// <summary>
/// How many requests are admitted per second, with a burst of at most one second; others receive a 429. The limiters of the
/// platform do not take a clock.
/// </summary>
public sealed class RateLimit(double requestsPerSecond)
{
    private readonly Lock _lock = new();
    private readonly double _capacity = Math.Max(1, requestsPerSecond);
    private double _tokens = Math.Max(1, requestsPerSecond);
    private long? _filledAt;

    internal bool Admit(TimeProvider time)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(_capacity, _tokens + (time.GetElapsedTime(_filledAt ?? now, now).TotalSeconds * requestsPerSecond));
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
