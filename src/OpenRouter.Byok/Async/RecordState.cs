namespace OpenRouter.Byok.Async;

/// <summary>How far the work on a record is.</summary>
internal enum RecordState
{
    /// <summary>It waits for its turn.</summary>
    Queued,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It is over, with or without a failure.</summary>
    Completed,

    /// <summary>It never runs, because the command ends.</summary>
    Abandoned,
}
