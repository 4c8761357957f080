namespace OpenRouter.Byok.Client;

/// <summary>
/// Limits how many requests of a connection are in flight. After a 429 all requests wait until the time
/// in <c>Retry-After</c>, and the limit is halved; each success then raises it again. Requests
/// are admitted in the order of their tickets, so a rejected one goes first and none starves. If the server asks for
/// a longer pause than the longest wait, all are refused.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="longestWait">The longest pause that a request waits.</param>
internal sealed class ConcurrencyLimiter(TimeProvider time, TimeSpan longestWait)
{
    /// <summary>More than the largest <c>-ThrottleLimit</c> and its read-ahead: no limit until a 429.</summary>
    internal const int Unlimited = 128;

    /// <summary>The longest time that one response can delay requests: a server may ask for years.</summary>
    internal static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private readonly object _lock = new();
    private readonly SortedDictionary<long, TaskCompletionSource<Lease>> _queue = [];
    private long _lastTicket;
    private double _limit = Unlimited;
    private int _inFlight;
    private long _round;

    // A time stamp, not a time of day: setting the clock must not delay requests for hours.
    private long _pausedAt;
    private TimeSpan _pause;
    private ITimer? _resumption;

    private enum State
    {
        /// <summary>Requests pass as far as the limit allows.</summary>
        Open,

        /// <summary>Requests queue until the pause is over.</summary>
        Paused,

        /// <summary>The pause is longer than a request waits.</summary>
        Refusing,
    }

    /// <summary>How long requests must still wait.</summary>
    internal TimeSpan PausedFor
    {
        get
        {
            lock (_lock)
            {
                TimeSpan left = _pause == TimeSpan.Zero ? TimeSpan.Zero : _pause - time.GetElapsedTime(_pausedAt);
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }
    }

    /// <summary>A place in the order of requests, which the attempts of one request share.</summary>
    internal long TakeTicket() => Interlocked.Increment(ref _lastTicket);

    /// <summary>Waits until an attempt may be sent, or is refused.</summary>
    internal async Task<Lease> AcquireAsync(long ticket, CancellationToken cancellationToken)
    {
        var turn = new TaskCompletionSource<Lease>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            TimeSpan pause = PausedFor;
            if (StateAt(pause) == State.Refusing)
            {
                return Lease.Refused;
            }

            if (_queue.Count == 0 && HasRoom(pause))
            {
                return Grant();
            }

            _queue.Add(ticket, turn);
            Admit();
        }

        using CancellationTokenRegistration registration = cancellationToken.Register(() => Withdraw(ticket, turn, cancellationToken));
        return await turn.Task.ConfigureAwait(false);
    }

    /// <summary>Ends an attempt.</summary>
    /// <param name="round">The round in which it began.</param>
    /// <param name="succeeded">Whether the server processed the request.</param>
    internal void Release(long round, bool succeeded)
    {
        lock (_lock)
        {
            _inFlight--;
            if (succeeded && round == _round && _limit < Unlimited)
            {
                // One more for each full round of successes.
                _limit = Math.Min(Unlimited, _limit + (1 / _limit));
            }

            Admit();
        }
    }

    /// <summary>Makes all requests wait.</summary>
    /// <param name="round">The round in which the rejected attempt began.</param>
    /// <param name="pause">For how long.</param>
    internal void Pause(long round, TimeSpan pause)
    {
        lock (_lock)
        {
            // Requests that were in flight at the same time are rejected at the same time; this counts only once.
            if (round == _round)
            {
                _limit = Math.Max(1, Math.Min(_limit, _inFlight) / 2);
                _round++;
            }

            pause = pause < LongestPause ? pause : LongestPause;
            if (pause > PausedFor)
            {
                _pausedAt = time.GetTimestamp();
                _pause = pause;
            }

            if (StateAt(PausedFor) == State.Refusing)
            {
                RefuseAll();
            }
        }
    }

    private State StateAt(TimeSpan pause) =>
        pause == TimeSpan.Zero ? State.Open
        : pause <= longestWait ? State.Paused
        : State.Refusing;

    private bool HasRoom(TimeSpan pause) => StateAt(pause) == State.Open && _inFlight < (int)_limit;

    private Lease Grant()
    {
        _inFlight++;
        return new Lease(this, _round);
    }

    private void Admit()
    {
        // Read once: if the pause ended between two reads, no request would be admitted and no timer would be set.
        TimeSpan pause = PausedFor;
        while (_queue.Count > 0 && HasRoom(pause))
        {
            KeyValuePair<long, TaskCompletionSource<Lease>> next = _queue.First();
            _queue.Remove(next.Key);
            next.Value.SetResult(Grant());
        }

        if (_queue.Count > 0 && pause > TimeSpan.Zero && _resumption is null)
        {
            // A timer may fire a little early; another one then waits for the rest.
            _resumption = time.CreateTimer(_ => Resume(), null, pause + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
    }

    private void Resume()
    {
        lock (_lock)
        {
            StopTimer();
            Admit();
        }
    }

    private void RefuseAll()
    {
        foreach (TaskCompletionSource<Lease> turn in _queue.Values)
        {
            turn.SetResult(Lease.Refused);
        }

        _queue.Clear();
        StopTimer();
    }

    private void Withdraw(long ticket, TaskCompletionSource<Lease> turn, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_queue.Remove(ticket))
            {
                turn.TrySetCanceled(cancellationToken);
                if (_queue.Count == 0)
                {
                    // A timer must not outlive the requests that wait for it.
                    StopTimer();
                }
            }
        }
    }

    private void StopTimer()
    {
        _resumption?.Dispose();
        _resumption = null;
    }
}
