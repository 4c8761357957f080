using System.Globalization;
using Polly;
using Polly.Retry;

namespace OpenRouter.Byok.Client;

/// <summary>When a request is sent again, and after what pause: the whole policy.</summary>
internal static class RetryPolicy
{
    /// <summary>The longest pause between two attempts, unless the server asks for a longer one.</summary>
    internal static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>The time after which no further attempt is made, counted from the first one.</summary>
    internal static readonly TimeSpan LongestTotal = TimeSpan.FromMinutes(5);

    internal static readonly ResiliencePropertyKey<RequestState> State = new(nameof(RequestState));
    internal static readonly ResiliencePropertyKey<bool> IsCreate = new(nameof(IsCreate));
    internal static readonly ResiliencePropertyKey<IByokTrace?> Trace = new(nameof(Trace));

    internal static ResiliencePipeline Build(ByokConnection connection, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        if (connection.MaximumRetryCount > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = connection.MaximumRetryCount,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromSeconds(connection.RetryIntervalSec),
                MaxDelay = LongestPause,
                ShouldHandle = arguments => new ValueTask<bool>(
                    arguments.Outcome.Exception is ByokApiException { IsTransient: true } error && IsWorthAnother(error, arguments.Context, time)),

                // The gate keeps the pause after a 429 for all requests; here the request only gets in line again.
                DelayGenerator = static arguments => new ValueTask<TimeSpan?>(arguments.Outcome.Exception is ByokApiException error
                    ? error.Kind == ByokErrorKind.RateLimited ? TimeSpan.Zero : error.RetryAfter
                    : null),
                OnRetry = static arguments =>
                {
                    RequestState state = StateOf(arguments.Context);
                    arguments.Context.Properties.GetValue(Trace, null)?.Verbose(string.Format(
                        CultureInfo.InvariantCulture,
                        "{0} Attempt {1} follows in {2:0.0} s.",
                        arguments.Outcome.Exception?.Message,
                        arguments.AttemptNumber + 2,
                        Math.Max(arguments.RetryDelay.TotalSeconds, state.Pause.TotalSeconds)));
                    return default;
                },
            });
        }

        return builder.Build();
    }

    /// <summary>The pause that a 429 without <c>Retry-After</c> asks of everybody.</summary>
    internal static TimeSpan PauseWithoutHint(ByokConnection connection, int attempt)
    {
        double seconds = connection.RetryIntervalSec * Math.Pow(2, Math.Min(attempt - 1, 16));
        return TimeSpan.FromSeconds(Math.Min(seconds, LongestPause.TotalSeconds));
    }

    private static bool IsWorthAnother(ByokApiException error, ResilienceContext context, TimeProvider time)
    {
        if (context.Properties.GetValue(IsCreate, false) && CreateFailure.LeavesOutcomeOpen(error))
        {
            return false;
        }

        TimeSpan elapsed = time.GetElapsedTime(StateOf(context).StartedAt);
        return elapsed + (error.RetryAfter ?? TimeSpan.Zero) < LongestTotal;
    }

    private static RequestState StateOf(ResilienceContext context) => context.Properties.GetValue(State, null!);
}
