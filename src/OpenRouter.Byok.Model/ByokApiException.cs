namespace OpenRouter.Byok;

/// <summary>
/// An operation failed. The message is one line: what happened, what the server reported, what to do next. It
/// contains neither the raw key nor the management key, even if the server repeated them.
/// </summary>
public sealed class ByokApiException : Exception
{
    /// <summary>An error without a message of its own.</summary>
    public ByokApiException()
        : this(ByokErrorKind.BadResponse, "The operation failed.")
    {
    }

    /// <summary>An error of the kind <see cref="ByokErrorKind.BadResponse"/>.</summary>
    /// <param name="message">What happened.</param>
    public ByokApiException(string message)
        : this(ByokErrorKind.BadResponse, message)
    {
    }

    /// <summary>An error of the kind <see cref="ByokErrorKind.BadResponse"/>.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause.</param>
    public ByokApiException(string message, Exception? innerException)
        : this(ByokErrorKind.BadResponse, message, innerException)
    {
    }

    /// <summary>An error of a kind.</summary>
    /// <param name="kind">What went wrong.</param>
    /// <param name="message">What happened, what the server reported, what to do next.</param>
    /// <param name="innerException">The cause; it must not contain a secret.</param>
    public ByokApiException(ByokErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>An error of a kind whose message ends with what to do next.</summary>
    internal ByokApiException(ByokErrorKind kind, string what, string advice)
        : this(kind, $"{what} {advice}") => RecommendedAction = advice;

    /// <summary>What went wrong.</summary>
    public ByokErrorKind Kind { get; }

    /// <summary>How many attempts were made; 0 if nothing was sent.</summary>
    public int Attempts { get; internal set; }

    /// <summary>The HTTP status of the last response; <see langword="null"/> if there was none.</summary>
    public int? StatusCode { get; init; }

    /// <summary>The server's message (<c>error.message</c>), without secrets and control characters; <see langword="null"/> if there is none.</summary>
    public string? ServerMessage { get; init; }

    /// <summary>How long the server asked to wait (<c>Retry-After</c>); <see langword="null"/> if it did not ask.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What to do next; <see langword="null"/> if the message is enough.</summary>
    public string? RecommendedAction { get; init; }

    /// <summary>
    /// Whether every other request of the same connection would fail too: the management key is wrong, the server cannot be
    /// reached, the address is unsafe. A cmdlet then ends instead of failing record by record.
    /// </summary>
    public bool EndsTheCommand { get; init; }

    /// <summary>Whether the same request may succeed if it is sent again, although its status does not show that.</summary>
    internal bool IsTransient { get; init; }

    /// <summary>Whether the server may have processed the request although it did not confirm it.</summary>
    internal bool MayHaveBeenProcessed { get; init; }

    /// <summary>Whether the request was never sent, although the error has the status of another request's response.</summary>
    internal bool WasNotSent { get; init; }
}
