using System.Globalization;

namespace OpenRouter.Byok.Http;

/// <summary>
/// Creates exactly one credential for one call, although the API knows no idempotency key: after a failure that leaves
/// the outcome open nothing is sent again before the list of credentials was looked at.
/// </summary>
/// <remarks>
/// A look adopts a credential only if it is new since the request was sent, has its provider, workspace, name and
/// masked key, and belongs to no other call. Calls of one client run side by side; a look waits until the others have
/// their answers and holds new ones back, so that a credential whose answer is still on its way is never taken for
/// one's own.
/// </remarks>
internal sealed class CreateOnce(ByokClient client, ApiPipe pipe, TimeProvider time) : IDisposable
{
    /// <summary>How often the list is looked at before a credential counts as absent.</summary>
    internal const int Looks = 2;

    /// <summary><c>Date</c> and <c>created_at</c> may both be cut to whole seconds.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(2);

    /// <summary>What clocks may differ by where no answer carried a <c>Date</c>.</summary>
    private static readonly TimeSpan ClockToleranceWithoutDate = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _entrance = new(1, 1);
    private readonly object _lock = new();
    private readonly HashSet<string> _claimed = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Call> _open = [];
    private int _underWay;
    private TaskCompletionSource<bool>? _idle;

    internal async Task<ByokKey> CreateAsync(
        CreateByokKeyRequest request, RequestBody body, Secret key, IByokTrace? trace, CancellationToken cancellationToken)
    {
        var call = new Call(request, body, key, trace);
        ByokApiException failure;
        try
        {
            return await PostBesideOthersAsync(call, cancellationToken).ConfigureAwait(false);
        }
        catch (ByokApiException error) when (error.MayHaveBeenProcessed)
        {
            failure = error;
        }

        lock (_lock)
        {
            _open.Add(call);
        }

        try
        {
            // From here on alone: nobody else's answer is on its way.
            await _entrance.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await WaitUntilIdleAsync(cancellationToken).ConfigureAwait(false);
                return await ResolveAsync(call, failure, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _entrance.Release();
            }
        }
        finally
        {
            lock (_lock)
            {
                _open.Remove(call);
            }
        }
    }

    public void Dispose() => _entrance.Dispose();

    private async Task<ByokKey> PostBesideOthersAsync(Call call, CancellationToken cancellationToken)
    {
        await _entrance.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            _underWay++;
        }

        _entrance.Release();
        try
        {
            return await PostAsync(call, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                if (--_underWay == 0)
                {
                    _idle?.TrySetResult(true);
                    _idle = null;
                }
            }
        }
    }

    private async Task WaitUntilIdleAsync(CancellationToken cancellationToken)
    {
        Task idle;
        lock (_lock)
        {
            if (_underWay == 0)
            {
                return;
            }

            _idle ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            idle = _idle.Task;
        }

        var stopped = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using (cancellationToken.Register(() => stopped.TrySetCanceled(cancellationToken)))
        {
            await (await Task.WhenAny(idle, stopped.Task).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private async Task<ByokKey> PostAsync(Call call, CancellationToken cancellationToken)
    {
        call.SentAt ??= time.GetUtcNow();
        ByokKey created = await pipe.SendAsync(
            "Creating a credential",
            HttpMethod.Post,
            "/byok",
            call.Body,
            call.Key,
            ByokJsonContext.Default.KeyEnvelope,
            ApiAnswers.ToKey,
            pipe.Begin(call.Trace, isCreate: true),
            cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            _claimed.Add(created.Id);
        }

        return created;
    }

    private async Task<ByokKey> ResolveAsync(Call call, ByokApiException failure, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            for (int look = 1; look <= Looks; look++)
            {
                call.Trace?.Verbose($"{failure.Message} Looking whether the credential was created all the same.");
                if (await LookAsync(call, failure, cancellationToken).ConfigureAwait(false) is { } adopted)
                {
                    call.Trace?.Verbose($"It was: {adopted.Id}.");
                    return adopted;
                }

                if (look < Looks)
                {
                    await PauseAsync(look, cancellationToken).ConfigureAwait(false);
                }
            }

            if (MayStillArrive(failure))
            {
                throw ByokErrors.OutcomeUnknown("The list does not show it, but the server may still be at work on it.", failure);
            }

            if (attempt > pipe.MaximumRetryCount)
            {
                throw failure;
            }

            call.Trace?.Verbose("It was not; creating it again.");
            await PauseAsync(attempt, cancellationToken).ConfigureAwait(false);
            try
            {
                return await PostAsync(call, cancellationToken).ConfigureAwait(false);
            }
            catch (ByokApiException error) when (error.MayHaveBeenProcessed)
            {
                failure = error;
            }
        }
    }

    /// <summary>The credential of a call, where it was created; throws where that cannot be told.</summary>
    private async Task<ByokKey?> LookAsync(Call call, ByokApiException failure, CancellationToken cancellationToken)
    {
        var candidates = new List<ByokKey>();
        try
        {
            var request = new ListByokKeysRequest { Provider = call.Request.Provider, WorkspaceId = call.Request.WorkspaceId.Value };
            await foreach (ByokKey key in client.ListKeysAsync(request, trace: null, cancellationToken).ConfigureAwait(false))
            {
                if (MayBe(key, call))
                {
                    candidates.Add(key);
                }
            }
        }
        catch (ByokApiException error)
        {
            throw ByokErrors.OutcomeUnknown($"Looking for it failed too: {error.Message}", failure);
        }

        // The clock's offset is known by now, from the list's own answers at the latest.
        candidates.RemoveAll(key => key.CreatedAt is { } created && created.ToUniversalTime() < NotBefore(call));
        lock (_lock)
        {
            candidates.RemoveAll(key => _claimed.Contains(key.Id));
            List<ByokKey> fitting = candidates.FindAll(key => call.Key.FitsLabel(key.Label));
            if (fitting.Count == 0)
            {
                // The mask of a JSON document is not documented, so a label that differs proves nothing.
                return candidates.Count > 0 && call.Key.IsDocument
                    ? throw ByokErrors.OutcomeUnknown(Evidence(candidates), failure)
                    : null;
            }

            bool isAnothersToo = _open.Exists(other =>
                other != call && !other.HasSameKey(call) && fitting.Exists(key => MayBe(key, other) && other.Key.FitsLabel(key.Label)));
            if (isAnothersToo || fitting.Exists(key => key.CreatedAt is null))
            {
                throw ByokErrors.OutcomeUnknown(Evidence(fitting), failure);
            }

            ByokKey adopted = fitting.OrderBy(key => key.CreatedAt).First();
            _claimed.Add(adopted.Id);
            if (fitting.Count > 1)
            {
                call.Trace?.Warning(
                    $"After a failed answer credential {adopted.Id} was taken for the one that was created, but {fitting.Count - 1} more look alike and are as new: {string.Join(", ", fitting.Where(key => key != adopted).Select(key => key.Id))}.");
            }

            return adopted;
        }
    }

    private DateTime NotBefore(Call call) =>
        (call.SentAt!.Value + (pipe.ClockOffset ?? TimeSpan.Zero) - (pipe.ClockOffset is null ? ClockToleranceWithoutDate : ClockTolerance)).UtcDateTime;

    private static bool MayBe(ByokKey key, Call call)
    {
        CreateByokKeyRequest request = call.Request;
        string? name = request.Settings.Name.Value;
        return string.Equals(key.Provider, request.Provider, StringComparison.OrdinalIgnoreCase)
            && string.Equals(key.Name ?? string.Empty, new ServerText(call.Key).Clean(name) ?? string.Empty, StringComparison.Ordinal)
            && (!request.WorkspaceId.IsSet || string.Equals(key.WorkspaceId, request.WorkspaceId.Value, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether the server may be at work on the request although nobody listens any more, or says that it has done it.</summary>
    private static bool MayStillArrive(ByokApiException failure) =>
        failure.Kind == ByokErrorKind.Timeout || failure.StatusCode is 504 or (>= 200 and < 300);

    private static string Evidence(List<ByokKey> candidates) => string.Format(
        CultureInfo.InvariantCulture,
        "It may be {0}.",
        string.Join(" or ", candidates.Select(key => $"{key.Id} (label {key.Label}, created {key.CreatedAt?.ToUniversalTime().ToString("u", CultureInfo.InvariantCulture) ?? "at an unknown time"})")));

    private Task PauseAsync(int attempt, CancellationToken cancellationToken) =>
#if NET
        Task.Delay(pipe.PauseAfter(attempt), time, cancellationToken);
#else
        time.Delay(pipe.PauseAfter(attempt), cancellationToken);
#endif

    /// <summary>One call of <see cref="CreateAsync"/>.</summary>
    private sealed class Call(CreateByokKeyRequest request, RequestBody body, Secret key, IByokTrace? trace)
    {
        internal CreateByokKeyRequest Request => request;

        internal RequestBody Body => body;

        internal Secret Key => key;

        internal IByokTrace? Trace => trace;

        /// <summary>When the first attempt was sent, by our clock.</summary>
        internal DateTimeOffset? SentAt { get; set; }

        internal bool HasSameKey(Call other) => key.Characters.SequenceEqual(other.Key.Characters);
    }
}
