namespace OpenRouter.Byok.Client;

/// <summary>What became of a request's attempts so far.</summary>
internal sealed class RequestState
{
    /// <summary>How many attempts were made.</summary>
    internal int Attempts { get; set; }

    /// <summary>When the last attempt was sent, by our clock; <see langword="null"/> where none was.</summary>
    internal DateTimeOffset? SentAt { get; set; }

    /// <summary>Whether an attempt failed although the server may have done what it was asked.</summary>
    internal bool MayHaveBeenProcessed { get; set; }

    /// <summary>The time stamp of the start.</summary>
    internal long StartedAt { get; set; }

    /// <summary>The pause that the limiter keeps after the last attempt.</summary>
    internal TimeSpan Pause { get; set; }
}
