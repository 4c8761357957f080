using System.Collections.Concurrent;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>A clock whose timers fire only when a test fires them, even after they were disposed, as a timer callback that has already started does.</summary>
internal sealed class UnstoppableTimers : TimeProvider
{
    private readonly ConcurrentQueue<Action> _callbacks = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _callbacks.Enqueue(() => callback(state));
        return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Fires all timers that were ever set, and returns their number.</summary>
    internal int Fire()
    {
        int count = 0;
        while (_callbacks.TryDequeue(out Action? callback))
        {
            callback();
            count++;
        }

        return count;
    }
}
