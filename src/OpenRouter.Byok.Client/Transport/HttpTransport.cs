using System.Runtime.CompilerServices;

namespace OpenRouter.Byok.Client;

/// <summary>Sends requests: each waits for its turn, is sent with the management key, and is retried according to the policy.</summary>
internal sealed class HttpTransport : IDisposable
{
    private readonly TimeProvider _time;
    private readonly RetryPolicy _policy;
    private readonly ConcurrencyLimiter _limiter;
    private readonly ManagementKeySource _managementKeys;
    private readonly AttemptSender _sender;
    private RetryPipeline? _retries;

    /// <exception cref="ByokApiException">The connection is invalid or unsafe to send with.</exception>
    internal HttpTransport(ByokConnection connection, TimeProvider time)
    {
        ConnectionValidation.Check(connection);
        _time = time;
        _policy = RetryPolicy.Of(connection);
        _limiter = new ConcurrencyLimiter(time, _policy.MaximumTime);
        _managementKeys = new ManagementKeySource(connection);
        _sender = new AttemptSender(connection, time, _policy.MaximumTime);
    }

    /// <summary>How far the server's clock is ahead of ours, by the last response's <c>Date</c>; <see langword="null"/> before the first.</summary>
    internal TimeSpan? ClockOffset => _sender.ClockOffset;

    /// <summary>The maximum number of retries of a failed request.</summary>
    internal int MaximumRetryCount => _policy.MaximumCount;

    /// <summary>The time after which a failed request is no longer retried.</summary>
    internal TimeSpan MaximumRetryTime => _policy.MaximumTime;

    public void Dispose()
    {
        _sender.Dispose();
        _managementKeys.Dispose();
    }

    /// <summary>The pause after a failed attempt, the first being 1, if the server names none.</summary>
    internal TimeSpan PauseAfter(int attempt) => _policy.PauseAfter(attempt);

    /// <summary>Sends a request until it succeeds or the policy allows no further attempt.</summary>
    /// <exception cref="ByokApiException">It failed.</exception>
    internal Task<TResult> SendAsync<TResult>(ApiRequest<TResult> request, CancellationToken cancellationToken) =>
        SendAsync(request, new RequestState(), cancellationToken);

    /// <summary>Sends a request until it succeeds or the policy allows no further attempt.</summary>
    /// <param name="request">The request.</param>
    /// <param name="state">Receives the outcome of its attempts.</param>
    /// <param name="cancellationToken">Stops it at once.</param>
    /// <exception cref="ByokApiException">It failed.</exception>
    internal async Task<TResult> SendAsync<TResult>(ApiRequest<TResult> request, RequestState state, CancellationToken cancellationToken)
    {
        state.Ticket = _limiter.TakeTicket();
        state.StartedAt = _time.GetTimestamp();
        try
        {
            try
            {
                return await AttemptAsync(request, state, cancellationToken).ConfigureAwait(false);
            }
            catch (ByokApiException failure) when (_policy.Repeats(failure, request.IsCreate, state.Attempts, _time.GetElapsedTime(state.StartedAt)))
            {
                return await RetryAsync(new FirstFailure(failure), request, state, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (ByokApiException error)
        {
            error.Attempts = state.Attempts;
            throw;
        }
    }

    // A separate method, because compiling a method that uses the pipeline loads the retry library.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Task<TResult> RetryAsync<TResult>(FirstFailure failure, ApiRequest<TResult> request, RequestState state, CancellationToken cancellationToken) =>
        (_retries ??= new RetryPipeline(_policy, _time)).ContinueAsync(
            failure,
            () => AttemptAsync(request, state, cancellationToken),
            new RetriedRequest(state, request.IsCreate, request.Trace),
            cancellationToken);

    private async ValueTask<TResult> AttemptAsync<TResult>(ApiRequest<TResult> request, RequestState state, CancellationToken cancellationToken)
    {
        if (state.Attempts == 0 && _limiter.PausedFor is var pause && pause > TimeSpan.Zero)
        {
            request.Trace?.Waiting(pause, "rate limit", attempts: 0);
        }

        using Lease lease = await _limiter.AcquireAsync(state.Ticket, cancellationToken).ConfigureAwait(false);
        if (!lease.IsAcquired)
        {
            throw ApiErrors.StillPaused(request.Operation, _limiter.PausedFor);
        }

        state.Pause = TimeSpan.Zero;
        try
        {
            TResult result = await SendWithKeyAsync(request, state, cancellationToken).ConfigureAwait(false);
            lease.Succeed();
            return result;
        }
        catch (ByokApiException failure)
        {
            state.MayHaveBeenProcessed |= failure.MayHaveBeenProcessed;
            if (failure.Kind == ByokErrorKind.RateLimited)
            {
                state.Pause = failure.RetryAfter ?? _policy.PauseAfter(state.Attempts);
                lease.Pause(state.Pause);
            }

            throw;
        }
    }

    /// <summary>Sends an attempt, and once more if the management key was refused and there is a new one.</summary>
    private async Task<TResult> SendWithKeyAsync<TResult>(ApiRequest<TResult> request, RequestState state, CancellationToken cancellationToken)
    {
        ManagementKeySource.Snapshot managementKey = await _managementKeys.GetAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _sender.SendAsync(request, managementKey.Key!, state, cancellationToken).ConfigureAwait(false);
        }
        catch (ByokApiException refused) when (refused.Kind == ByokErrorKind.Unauthorized && !state.HasRenewedKey)
        {
            state.HasRenewedKey = true;
            if (!await _managementKeys.TryRenewAsync(managementKey, cancellationToken).ConfigureAwait(false))
            {
                throw;
            }
        }

        request.Trace?.Verbose("The management key was refused; sending again with the new one.");
        managementKey = await _managementKeys.GetAsync(cancellationToken).ConfigureAwait(false);
        return await _sender.SendAsync(request, managementKey.Key!, state, cancellationToken).ConfigureAwait(false);
    }
}
