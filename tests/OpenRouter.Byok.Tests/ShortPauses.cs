namespace OpenRouter.Byok.Tests;

/// <summary>
/// A clock with very short pauses: when one ends, the clock has advanced by its full length. Only a pause as long as an
/// attempt's time limit has its real length, even on a busy machine.
/// </summary>
internal sealed class ShortPauses : TimeProvider
{
    /// <summary>No test waits for pauses of this length or more.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private TimeSpan _ahead;

    /// <summary>How long an attempt may take.</summary>
    internal TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Receives the length of each pause when it begins.</summary>
    internal Action<TimeSpan>? OnPause { get; init; }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return base.GetUtcNow() + _ahead;
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime <= TimeSpan.Zero || dueTime == TimeLimit || dueTime >= Long)
        {
            return base.CreateTimer(callback, state, dueTime, period);
        }

        OnPause?.Invoke(dueTime);
        DateTimeOffset end = GetUtcNow() + dueTime;
        return base.CreateTimer(
            passed =>
            {
                MoveTo(end);
                callback(passed);
            },
            state,
            dueTime / 50,
            period);
    }

    private void MoveTo(DateTimeOffset end)
    {
        lock (_lock)
        {
            TimeSpan left = end - base.GetUtcNow() - _ahead;
            _ahead += left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }
}
