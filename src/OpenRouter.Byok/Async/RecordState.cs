namespace OpenRouter.Byok.Async;

/// <summary>The state of the work on a record.</summary>
internal enum RecordState
{
    /// <summary>It waits for its turn.</summary>
    Queued,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It has ended, with or without a failure.</summary>
    Completed,

    /// <summary>It will never run, because the command ends.</summary>
    Abandoned,
}
