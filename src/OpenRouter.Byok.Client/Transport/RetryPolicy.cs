namespace OpenRouter.Byok.Client;

/// <summary>When a request is sent again, and after what pause: the whole policy.</summary>
internal sealed record RetryPolicy
{
    /// <summary>The maximum number of retries of a request.</summary>
    internal required int MaximumCount { get; init; }

    /// <summary>The pause before the first retry.</summary>
    internal required TimeSpan Interval { get; init; }

    /// <summary>The longest pause of the policy itself.</summary>
    internal required TimeSpan MaximumInterval { get; init; }

    /// <summary>The factor from each pause to the next.</summary>
    internal required double BackoffExponent { get; init; }

    /// <summary>The time after the start of the request at which no retry begins any more; also the longest pause that a request waits.</summary>
    internal required TimeSpan MaximumTime { get; init; }

    /// <summary>Whether failed connections, timeouts and responses that broke off are retried.</summary>
    internal required bool RetriesConnectionErrors { get; init; }

    /// <summary>The statuses that are retried.</summary>
    internal required IReadOnlyCollection<int> StatusCodes { get; init; }

    internal static RetryPolicy Of(ByokConnection connection) => new()
    {
        MaximumCount = connection.MaximumRetryCount,
        Interval = TimeSpan.FromSeconds(connection.RetryIntervalSec),
        MaximumInterval = TimeSpan.FromSeconds(connection.MaximumRetryIntervalSec),
        BackoffExponent = connection.RetryBackoffExponent,
        MaximumTime = TimeSpan.FromSeconds(connection.MaximumRetryTimeSec),
        RetriesConnectionErrors = connection.RetryConnectionErrors,
        StatusCodes = connection.RetryStatusCodes,
    };

    /// <summary>Whether a request is sent again after a failure.</summary>
    /// <param name="failure">How its last attempt ended.</param>
    /// <param name="isCreate">Whether the request creates something: then it is not repeated while its outcome is unknown.</param>
    /// <param name="attempts">How many attempts were made, at least 1.</param>
    /// <param name="elapsed">The time since the start of the request.</param>
    internal bool Repeats(ByokApiException failure, bool isCreate, int attempts, TimeSpan elapsed) =>
        attempts <= MaximumCount
        && Covers(failure)
        && !(isCreate && CreateFailure.LeavesOutcomeOpen(failure))
        && elapsed + (failure.RetryAfter ?? PauseAfter(attempts)) <= MaximumTime;

    /// <summary>The pause after an attempt, the first being 1, if the server names none.</summary>
    internal TimeSpan PauseAfter(int attempts)
    {
        double seconds = Interval.TotalSeconds * Math.Pow(BackoffExponent, attempts - 1);
        return seconds < MaximumInterval.TotalSeconds ? TimeSpan.FromSeconds(seconds) : MaximumInterval;
    }

    /// <summary>The same with jitter, between half and all of it, so that clients that failed at the same time do not retry at the same time.</summary>
    /// <param name="attempts">How many attempts were made.</param>
    /// <param name="random">A number from 0 to 1.</param>
    internal TimeSpan PauseAfter(int attempts, double random) => TimeSpan.FromTicks((long)(PauseAfter(attempts).Ticks * (0.5 + (random / 2))));

    private bool Covers(ByokApiException failure) => failure is { StatusCode: { } status, Kind: not ByokErrorKind.BadResponse }
        ? StatusCodes.Contains(status)
        : failure.IsTransient && RetriesConnectionErrors;
}
