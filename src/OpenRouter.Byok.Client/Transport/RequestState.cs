namespace OpenRouter.Byok.Client;

/// <summary>The outcome of a request's attempts so far.</summary>
internal sealed class RequestState
{
    /// <summary>How many attempts were made.</summary>
    internal int Attempts { get; set; }

    /// <summary>When the last attempt was sent, by our clock; <see langword="null"/> if none was.</summary>
    internal DateTimeOffset? SentAt { get; set; }

    /// <summary>Whether an attempt failed although the server may have processed it.</summary>
    internal bool MayHaveBeenProcessed { get; set; }

    /// <summary>The time stamp of the start.</summary>
    internal long StartedAt { get; set; }

    /// <summary>The request's place in the order of requests.</summary>
    internal long Ticket { get; set; }

    /// <summary>The pause of the limiter after the last attempt.</summary>
    internal TimeSpan Pause { get; set; }

    /// <summary>Whether an attempt was already repeated with a new management key.</summary>
    internal bool HasRenewedKey { get; set; }
}
