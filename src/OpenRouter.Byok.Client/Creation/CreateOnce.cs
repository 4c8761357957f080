using System.Globalization;

namespace OpenRouter.Byok.Client;

/// <summary>
/// Creates exactly one credential for one call, although the API knows no idempotency key: after a failure that leaves
/// the outcome open nothing is sent again before the list of credentials was looked at.
/// </summary>
/// <remarks>
/// <para>
/// A look adopts a credential only if it is new since the request was sent, has its provider, workspace, name and
/// masked key, and belongs to no other call. Calls of one client run side by side; a look waits until the others have
/// their answers and holds new ones back, so that a credential whose answer is still on its way is never taken for
/// one's own. Calls with the same values may change credentials among themselves: there are as many as calls.
/// </para>
/// <para>
/// A look that finds nothing leads to another attempt only if nothing speaks against it: no failure after which the
/// server may still be at work, no credential that is nearly the one (a little too old for the clocks, the masked key
/// under another name, a field missing that would tell), no list that could not be read to its end. In every other case
/// the outcome is reported as unknown.
/// </para>
/// <para>
/// What no client can tell without an idempotency key: a credential that another process creates with the same values at
/// the same moment, and one that appears later than all looks. The second is looked for once more when the repeated
/// attempt has succeeded, and told in a warning.
/// </para>
/// </remarks>
internal sealed class CreateOnce(ByokClient client, ApiPipe pipe, TimeProvider time) : IDisposable
{
    /// <summary>What a failed attempt left behind is given at least this long to come to light: a second look follows no sooner.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(0.5);

    /// <summary>The server's <c>Date</c> has whole seconds, and need not come from the clock behind <c>created_at</c>.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(1);

    /// <summary>What clocks may differ by where no answer carried a <c>Date</c>.</summary>
    private static readonly TimeSpan ClockToleranceWithoutDate = TimeSpan.FromMinutes(5);

    /// <summary>A credential that is older than it should be by no more than this may be the one all the same.</summary>
    private static readonly TimeSpan ClockDoubt = TimeSpan.FromMinutes(1);

    /// <summary>What this process has created or adopted, over whichever connection.</summary>
    private static readonly IdSet Claimed = new();

    /// <summary>What could have been made by either of two calls: it is nobody's from then on.</summary>
    private static readonly IdSet Disputed = new();

    private readonly SemaphoreSlim _entrance = new(1, 1);
    private readonly object _lock = new();
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
        catch (ByokApiException error) when (error.MayHaveBeenProcessed)
        {
            // Before a look of another call can begin: what this one may have created is not the other's.
            lock (_lock)
            {
                _open.Add(call);
            }

            throw;
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
        RequestState state = pipe.Begin(call.Trace, isCreate: true);
        try
        {
            ByokKey created = await pipe.SendAsync(
                "Creating a credential",
                HttpMethod.Post,
                "/byok",
                call.Body,
                call.Key,
                ResponseReader.ToKey,
                state,
                cancellationToken).ConfigureAwait(false);
            TryClaim(created.Id);
            return created;
        }
        finally
        {
            // The attempts before the last one were turned away; only the last can have created anything.
            call.SentAt ??= state.SentAt;
        }
    }

    private async Task<ByokKey> ResolveAsync(Call call, ByokApiException failure, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            bool isLast = attempt > pipe.MaximumRetryCount;
            call.Trace?.Verbose($"{failure.Message} Looking whether the credential was created all the same.");
            ByokKey? adopted = await LookAsync(call, failure, cancellationToken).ConfigureAwait(false);
            if (adopted is null)
            {
                // The second look is the last thing before another attempt: what comes to light in the pause is found.
                await PauseAsync(isLast ? 1 : attempt, cancellationToken).ConfigureAwait(false);
                adopted = await LookAsync(call, failure, cancellationToken).ConfigureAwait(false);
            }

            if (adopted is not null)
            {
                call.Trace?.Verbose($"It was: {adopted.Id}.");
                return adopted;
            }

            if (MayStillArrive(failure))
            {
                throw ByokErrors.OutcomeUnknown("The list does not show it, but the server may still be at work on it.", failure);
            }

            if (isLast)
            {
                throw failure;
            }

            call.Trace?.Verbose("It was not; creating it again.");
            try
            {
                ByokKey created = await PostAsync(call, cancellationToken).ConfigureAwait(false);
                await WarnOfTwinAsync(call, created, cancellationToken).ConfigureAwait(false);
                return created;
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
        List<ByokKey> found;
        var doubts = new Doubts();
        try
        {
            found = await FindAsync(call, doubts, cancellationToken).ConfigureAwait(false);
        }
        catch (ByokApiException error)
        {
            throw ByokErrors.OutcomeUnknown($"Looking for it failed too: {error.Message}", failure);
        }

        lock (_lock)
        {
            found.RemoveAll(key => IsClaimed(key.Id) || IsOlder(key, call, ClockDoubt) || IsAnothersAlone(key, call));
            List<ByokKey> fitting = found.FindAll(key => IsOf(key, call) && !IsOlder(key, call, TimeSpan.Zero));
            if (fitting.Count == 0)
            {
                return found.Count > 0 ? throw ByokErrors.OutcomeUnknown(Evidence(found), failure)
                    : doubts.Warning is { } warning ? throw ByokErrors.OutcomeUnknown(warning, failure)
                    : null;
            }

            if (fitting.Exists(key => key.CreatedAt is null || IsDisputed(key, call)))
            {
                throw ByokErrors.OutcomeUnknown(Evidence(fitting), failure);
            }

            // The newest: what has just been created is newer than a twin that was there before.
            ByokKey adopted = fitting.OrderByDescending(key => key.CreatedAt).First();
            TryClaim(adopted.Id);
            int alike = _open.Count(other => other.HasSameKey(call) && IsOf(adopted, other));
            if (fitting.Count > alike)
            {
                call.Trace?.Warning(
                    $"After a failed answer credential {adopted.Id} was taken for the one that was created, but others look alike and are as new: {string.Join(", ", fitting.Where(key => key != adopted).Select(key => key.Id))}.");
            }

            return adopted;
        }
    }

    /// <summary>Tells of a credential of the first attempt that came to light only after the attempt was repeated.</summary>
    private async Task WarnOfTwinAsync(Call call, ByokKey created, CancellationToken cancellationToken)
    {
        try
        {
            List<ByokKey> found = await FindAsync(call, trace: null, cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                found.RemoveAll(key => IsClaimed(key.Id) || IsOlder(key, call, TimeSpan.Zero) || _open.Exists(other => other != call && IsOf(key, other)));
            }

            if (found.Count > 0)
            {
                call.Trace?.Warning(
                    $"Credential {created.Id} was created after a failed attempt, and what that attempt created seems to have come to light since: {string.Join(", ", found.Select(key => key.Id))}. Remove what is not needed.");
            }
        }
        catch (ByokApiException error)
        {
            call.Trace?.Verbose($"Whether the failed attempt came through later could not be looked up: {error.Message}");
        }
    }

    /// <summary>The credentials that can be what a call created.</summary>
    private async Task<List<ByokKey>> FindAsync(Call call, IByokTrace? trace, CancellationToken cancellationToken)
    {
        var found = new List<ByokKey>();
        CreateByokKeyRequest wanted = call.Request;
        var request = new ListByokKeysRequest { Provider = wanted.Provider, WorkspaceId = wanted.WorkspaceId.Value };
        await foreach (ByokKey key in client.ListKeysAsync(request, trace, cancellationToken).ConfigureAwait(false))
        {
            if (MayBeOf(key, call))
            {
                found.Add(key);
            }
        }

        return found;
    }

    private static bool TryClaim(string id)
    {
        lock (Claimed)
        {
            return Claimed.Add(id);
        }
    }

    private static bool IsClaimed(string id)
    {
        lock (Claimed)
        {
            return Claimed.Contains(id);
        }
    }

    /// <summary>Whether a credential was there before the call's request was sent, as far as the clocks can tell.</summary>
    private bool IsOlder(ByokKey key, Call call, TimeSpan doubt)
    {
        if (key.CreatedAt is not { } createdAt || call.SentAt is not { } sentAt)
        {
            return false;
        }

        // The offset is known by now, from the list's own answers at the latest. A time that was cut to whole seconds
        // may be up to one too early.
        DateTime created = createdAt.ToUniversalTime();
        TimeSpan tolerance = (pipe.ClockOffset is null ? ClockToleranceWithoutDate : ClockTolerance)
            + (created.Ticks % TimeSpan.TicksPerSecond == 0 ? TimeSpan.FromSeconds(1) : TimeSpan.Zero)
            + doubt;
        return created < (sentAt + (pipe.ClockOffset ?? TimeSpan.Zero) - tolerance).UtcDateTime;
    }

    /// <summary>Whether a credential that fits the call fits another one too that has another key; remembered for that one.</summary>
    private bool IsDisputed(ByokKey key, Call call)
    {
        bool fitsAnother = _open.Exists(other => other != call && !other.HasSameKey(call) && IsOf(key, other));
        lock (Disputed)
        {
            if (fitsAnother)
            {
                Disputed.Add(key.Id);
            }

            return Disputed.Contains(key.Id);
        }
    }

    /// <summary>Whether a credential fits another open call and does not fit this one.</summary>
    private bool IsAnothersAlone(ByokKey key, Call call) =>
        !IsOf(key, call) && _open.Exists(other => other != call && IsOf(key, other));

    /// <summary>Whether a credential shows the provider, the workspace, the name and the masked key of a call.</summary>
    private static bool IsOf(ByokKey key, Call call) =>
        MayBeOf(key, call)
        && key.Provider is not null
        && (key.WorkspaceId is not null || !call.Request.WorkspaceId.IsSet)
        && HasName(key, call)
        && call.Key.FitsLabel(key.Label) == true;

    /// <summary>Whether nothing shows that a credential is not a call's; what the server does not tell shows nothing.</summary>
    private static bool MayBeOf(ByokKey key, Call call) =>
        (key.Provider is null || key.Provider.Equals(call.Request.Provider, StringComparison.OrdinalIgnoreCase))
        && (key.WorkspaceId is null || !call.Request.WorkspaceId.IsSet || key.WorkspaceId.Equals(call.Request.WorkspaceId.Value, StringComparison.OrdinalIgnoreCase))
        && (call.Key.FitsLabel(key.Label) ?? HasName(key, call));

    private static bool HasName(ByokKey key, Call call) =>
        string.Equals(key.Name?.Trim() ?? string.Empty, call.Name, StringComparison.Ordinal);

    /// <summary>Whether the server may be at work on the request although nobody listens any more, or says that it has done it.</summary>
    private static bool MayStillArrive(ByokApiException failure) =>
        failure is { Kind: ByokErrorKind.Timeout, StatusCode: null } || failure.StatusCode is 504 or (>= 200 and < 300);

    private static string Evidence(List<ByokKey> candidates) => string.Format(
        CultureInfo.InvariantCulture,
        "It may be {0}.",
        string.Join(" or ", candidates.Select(key => $"{key.Id} (label {key.Label}, created {key.CreatedAt?.ToUniversalTime().ToString("u", CultureInfo.InvariantCulture) ?? "at an unknown time"})")));

    private Task PauseAsync(int attempt, CancellationToken cancellationToken) =>
#if NET
        Task.Delay(ShortestPause + pipe.PauseAfter(attempt), time, cancellationToken);
#else
        time.Delay(ShortestPause + pipe.PauseAfter(attempt), cancellationToken);
#endif

    /// <summary>One call of <see cref="CreateAsync"/>.</summary>
    private sealed class Call(CreateByokKeyRequest request, RequestBody body, Secret key, IByokTrace? trace)
    {
        internal CreateByokKeyRequest Request => request;

        internal RequestBody Body => body;

        internal Secret Key => key;

        /// <summary>The name as a listing shows it.</summary>
        internal string Name { get; } = request.Settings.TryGet(KeyFields.Name, out string? name) && name is not null ? ShownText.MakeVisible(name).Trim() : string.Empty;

        internal IByokTrace? Trace => trace;

        /// <summary>When the first request that may have come through was sent, by our clock.</summary>
        internal DateTimeOffset? SentAt { get; set; }

        internal bool HasSameKey(Call other) => key.Characters.SequenceEqual(other.Key.Characters);
    }

    /// <summary>Remembers why a listing may not be complete.</summary>
    private sealed class Doubts : IByokTrace
    {
        internal string? Warning { get; private set; }

        public void Verbose(string message)
        {
        }

        void IByokTrace.Warning(string message) => Warning ??= message;

        public void TotalCount(long totalCount)
        {
        }
    }
}
