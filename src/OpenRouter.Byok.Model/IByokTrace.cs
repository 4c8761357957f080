namespace OpenRouter.Byok;

/// <summary>Receives what an operation does while it runs. Called from any thread. No text that it receives holds a secret.</summary>
public interface IByokTrace
{
    /// <summary>One attempt or decision, for <c>-Verbose</c>.</summary>
    /// <param name="message">What happens.</param>
    void Verbose(string message);

    /// <summary>Whether anybody reads what <see cref="Debug"/> receives; where not, nothing is made for it.</summary>
    bool IsDebugging { get; }

    /// <summary>
    /// How one attempt ended, for <c>-Debug</c>: method, address, status, time, request id and some response headers, never a
    /// body.
    /// </summary>
    /// <param name="message">The attempt.</param>
    void Debug(string message);

    /// <summary>Something that an administrator has to know although the operation goes on.</summary>
    /// <param name="message">What it is.</param>
    void Warning(string message);

    /// <summary>A request waits before its next attempt.</summary>
    /// <param name="pause">For how long.</param>
    /// <param name="reason">Why: <c>rate limit</c>, <c>server error 503</c>, <c>connection failed</c>, <c>timeout</c>.</param>
    /// <param name="attempts">How many attempts the request has made so far.</param>
    void Waiting(TimeSpan pause, string reason, int attempts);

    /// <summary>How many records the server counts (<c>total_count</c>), as each page tells it.</summary>
    /// <param name="totalCount">The number of records that match the server's part of the filter.</param>
    void TotalCount(long totalCount);
}
