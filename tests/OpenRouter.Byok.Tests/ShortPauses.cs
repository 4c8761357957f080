namespace OpenRouter.Byok.Tests;

/// <summary>The system's clock, but for pauses of less than a second, which hardly last.</summary>
internal sealed class ShortPauses : TimeProvider
{
    /// <summary>Hears how long each pause was meant to be, when it begins.</summary>
    internal Action<TimeSpan>? OnPause { get; init; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime <= TimeSpan.Zero || dueTime >= TimeSpan.FromSeconds(1))
        {
            return base.CreateTimer(callback, state, dueTime, period);
        }

        OnPause?.Invoke(dueTime);
        return base.CreateTimer(callback, state, dueTime / 50, period);
    }
}
