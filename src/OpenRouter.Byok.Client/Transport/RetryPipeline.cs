using System.Globalization;
using Polly;
using Polly.Retry;

namespace OpenRouter.Byok.Client;

/// <summary>Sends a request again after its first attempt failed, according to a <see cref="RetryPolicy"/>.</summary>
internal sealed class RetryPipeline
{
    private static readonly ResiliencePropertyKey<RetriedRequest> Request = new(nameof(Request));

    private readonly ResiliencePipeline _pipeline;

    internal RetryPipeline(RetryPolicy policy, TimeProvider time) => _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = policy.MaximumCount,
            ShouldHandle = arguments => new ValueTask<bool>(
                arguments.Outcome.Exception is ByokApiException failure && RequestOf(arguments.Context) is var request
                && policy.Repeats(failure, request.IsCreate, arguments.AttemptNumber + 1, time.GetElapsedTime(request.State.StartedAt))),

            // The limiter makes the pause after a 429 for all requests; here the request only queues again.
            DelayGenerator = arguments => new ValueTask<TimeSpan?>(
                arguments.Outcome.Exception is ByokApiException { Kind: ByokErrorKind.RateLimited } ? TimeSpan.Zero
                : (arguments.Outcome.Exception as ByokApiException)?.RetryAfter ?? policy.PauseAfter(arguments.AttemptNumber + 1, RandomNumber())),
            OnRetry = static arguments =>
            {
                Report(RequestOf(arguments.Context), (ByokApiException)arguments.Outcome.Exception!, arguments.RetryDelay);
                return default;
            },
        })
        .Build();

    /// <summary>Continues after a first attempt that failed.</summary>
    /// <param name="first">How the first attempt failed.</param>
    /// <param name="attempt">Makes another attempt.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Stops it at once.</param>
    internal async Task<TResult> ContinueAsync<TResult>(
        FirstFailure first, Func<ValueTask<TResult>> attempt, RetriedRequest request, CancellationToken cancellationToken)
    {
        ResilienceContext context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancellationToken);
        context.Properties.Set(Request, request);
        try
        {
            return await _pipeline.ExecuteAsync(
                async _ =>
                {
                    first.ThrowOnce();
                    return await attempt().ConfigureAwait(false);
                },
                context).ConfigureAwait(false);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static RetriedRequest RequestOf(ResilienceContext context) => context.Properties.GetValue(Request, null!);

    private static void Report(RetriedRequest request, ByokApiException failure, TimeSpan delay)
    {
        TimeSpan pause = delay > request.State.Pause ? delay : request.State.Pause;
        request.Trace?.Verbose(string.Format(
            CultureInfo.InvariantCulture, "{0} Attempt {1} follows in {2:0.0} s.", failure.Message, request.State.Attempts + 1, pause.TotalSeconds));
        request.Trace?.Waiting(pause, ReasonOf(failure), request.State.Attempts);
    }

    private static string ReasonOf(ByokApiException failure) => failure.Kind switch
    {
        ByokErrorKind.RateLimited => "rate limit",
        ByokErrorKind.ServerError => FormattableString.Invariant($"server error {failure.StatusCode}"),
        ByokErrorKind.ConnectionFailed => "connection failed",
        ByokErrorKind.Timeout => "timeout",
        ByokErrorKind.BadResponse => "unusable response",
        _ => FormattableString.Invariant($"status {failure.StatusCode}"),
    };

    /// <summary>A number from 0 to 1, without a generator that threads would share.</summary>
    private static double RandomNumber() => (uint)Guid.NewGuid().GetHashCode() / (double)uint.MaxValue;
}
