using System.Collections.Concurrent;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>A clock whose timers fire only when a test says so, and then although they were disposed: what is under way already is not waited for.</summary>
internal sealed class UnstoppableTimers : TimeProvider
{
    private readonly ConcurrentQueue<Action> _callbacks = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _callbacks.Enqueue(() => callback(state));
        return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Fires what was ever set, and tells how many that were.</summary>
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
