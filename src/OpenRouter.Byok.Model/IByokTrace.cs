namespace OpenRouter.Byok;

/// <summary>Receives messages of a running operation. Called from any thread. No message contains a secret.</summary>
public interface IByokTrace
{
    /// <summary>One attempt or decision, for <c>-Verbose</c>.</summary>
    /// <param name="message">What happens.</param>
    void Verbose(string message);

    /// <summary>Whether debug messages are wanted; otherwise none are made for <see cref="Debug"/>.</summary>
    bool IsDebugging { get; }

    /// <summary>
    /// How one attempt ended, for <c>-Debug</c>: method, address, status, time, request id and some response headers, never a
    /// body.
    /// </summary>
    /// <param name="message">The attempt.</param>
    void Debug(string message);

    /// <summary>A warning: an administrator must know it, but the operation continues.</summary>
    /// <param name="message">The warning.</param>
    void Warning(string message);

    /// <summary>A request waits before its next attempt.</summary>
    /// <param name="pause">For how long.</param>
    /// <param name="reason">Why: <c>rate limit</c>, <c>server error 503</c>, <c>connection failed</c>, <c>timeout</c>.</param>
    /// <param name="attempts">How many attempts the request has made so far.</param>
    void Waiting(TimeSpan pause, string reason, int attempts);

    /// <summary>How many records the server counts (<c>total_count</c>), reported for each page.</summary>
    /// <param name="totalCount">The number of records that match the server's part of the filter.</param>
    void TotalCount(long totalCount);
}
