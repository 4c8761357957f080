namespace OpenRouter.Byok.Client;

/// <summary>What one request carries through its attempts.</summary>
internal sealed class RequestState
{
    /// <summary>Whether the request creates something, so that it must not be repeated while its outcome is open.</summary>
    internal bool IsCreate { get; init; }

    /// <summary>Whether a failure is told at once instead of tried again.</summary>
    internal bool IsLastAttempt { get; init; }

    /// <summary>The time stamp of the first attempt.</summary>
    internal required long Started { get; init; }

    /// <summary>Hears of each attempt.</summary>
    internal IByokTrace? Trace { get; init; }

    /// <summary>How many attempts were made.</summary>
    internal int Attempts { get; set; }

    /// <summary>When the last attempt was sent, by our clock; <see langword="null"/> where none was.</summary>
    internal DateTimeOffset? SentAt { get; set; }

    /// <summary>Whether an attempt failed although the server may have done what it was asked.</summary>
    internal bool MayHaveBeenProcessed { get; set; }

    /// <summary>The pause that the gate keeps after the last attempt.</summary>
    internal TimeSpan Pause { get; set; }
}
