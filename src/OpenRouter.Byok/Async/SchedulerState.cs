namespace OpenRouter.Byok.Async;

/// <summary>The states of a <see cref="RecordScheduler"/>.</summary>
internal enum SchedulerState
{
    /// <summary>Records are accepted and run.</summary>
    Running,

    /// <summary>The command ends early: nothing new begins, running records may finish, there are no prompts.</summary>
    Draining,

    /// <summary>Everything is cancelled.</summary>
    Stopped,
}
