using Microsoft.Extensions.Time.Testing;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>A clock that only a test advances, and that knows which timers wait.</summary>
internal sealed class CountingTime() : FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _waiting = [];

    /// <summary>How many timers wait.</summary>
    internal int Timers
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>How long it is until the next timer fires; <see langword="null"/> if none waits.</summary>
    internal TimeSpan? UntilNext
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count == 0 ? null : _waiting.Min(timer => timer.Due) - GetUtcNow();
            }
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ITimer CreateInner(Timer timer) => base.CreateTimer(_ => timer.Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private sealed class Timer : ITimer
    {
        private readonly CountingTime _time;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly ITimer _inner;

        internal Timer(CountingTime time, TimerCallback callback, object? state)
        {
            _time = time;
            _callback = callback;
            _state = state;
            _inner = time.CreateInner(this);
        }

        internal DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_time._lock)
            {
                _time._waiting.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = _time.GetUtcNow() + dueTime;
                    _time._waiting.Add(this);
                }
            }

            return _inner.Change(dueTime, period);
        }

        public void Dispose()
        {
            lock (_time._lock)
            {
                _time._waiting.Remove(this);
            }

            _inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        internal void Fire()
        {
            lock (_time._lock)
            {
                _time._waiting.Remove(this);
            }

            _callback(_state);
        }
    }
}
