namespace OpenRouter.Byok.Client;

/// <summary>
/// Where all requests of a connection pass one by one. An answer 429 to any of them closes it for all until the time
/// that the server named, and halves how many may be under way; each success then lets the number grow back. Requests
/// pass in the order of their tickets, so one that was turned away goes first and none starves. Where the server asks for
/// a longer pause than a request may take, nobody waits: all are turned back.
/// </summary>
internal sealed class ConcurrencyLimiter(TimeProvider time)
{
    /// <summary>More than the largest <c>-ThrottleLimit</c> and its read-ahead: unlimited until a 429 says otherwise.</summary>
    internal const int Unlimited = 128;

    /// <summary>What <see cref="EnterAsync"/> returns where the gate stays closed for too long to wait.</summary>
    internal const long TurnedBack = -1;

    /// <summary>The longest pause that is waited for.</summary>
    internal static readonly TimeSpan LongestPause = RetryPolicy.LongestTotal;

    /// <summary>The longest time that one answer closes the gate for: a server that names years is not believed.</summary>
    internal static readonly TimeSpan LongestClosure = TimeSpan.FromHours(1);

    private readonly object _lock = new();
    private readonly SortedDictionary<long, TaskCompletionSource<long>> _waiting = [];
    private long _lastTicket;
    private double _limit = Unlimited;
    private int _underWay;
    private long _round;

    // A time stamp and not a time: somebody who sets the clock must not shut the gate for hours.
    private long _closedAt;
    private TimeSpan _pause;
    private ITimer? _opening;

    /// <summary>A place in the order of requests; the attempts of one request share it.</summary>
    internal long TakeTicket() => Interlocked.Increment(ref _lastTicket);

    /// <summary>Waits until a request may be sent.</summary>
    /// <returns>The round to hand back to <see cref="Leave"/>, or <see cref="TurnedBack"/>.</returns>
    internal async Task<long> EnterAsync(long ticket, CancellationToken cancellationToken)
    {
        var place = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (ClosedFor > LongestPause)
            {
                return TurnedBack;
            }

            if (_waiting.Count == 0 && MayPass(ClosedFor))
            {
                _underWay++;
                return _round;
            }

            _waiting.Add(ticket, place);
            LetPass();
        }

        using CancellationTokenRegistration registration = cancellationToken.Register(() =>
        {
            lock (_lock)
            {
                if (_waiting.Remove(ticket))
                {
                    place.TrySetCanceled(cancellationToken);
                    StopTimerOfNobody();
                }
            }
        });
        return await place.Task.ConfigureAwait(false);
    }

    /// <summary>Ends a request that came through.</summary>
    /// <param name="round">What <see cref="EnterAsync"/> returned.</param>
    /// <param name="succeeded">Whether the server answered without complaint.</param>
    internal void Leave(long round, bool succeeded)
    {
        lock (_lock)
        {
            _underWay--;
            if (succeeded && round == _round && _limit < Unlimited)
            {
                // One more for each full round of successes.
                _limit = Math.Min(Unlimited, _limit + (1 / _limit));
            }

            LetPass();
        }
    }

    /// <summary>Closes the gate for everybody: the server asked for it.</summary>
    /// <param name="round">What <see cref="EnterAsync"/> returned.</param>
    /// <param name="pause">For how long.</param>
    internal void Close(long round, TimeSpan pause)
    {
        lock (_lock)
        {
            // Several requests that were under way together are turned away together; that is one sign, not many.
            if (round == _round)
            {
                _limit = Math.Max(1, Math.Min(_limit, _underWay) / 2);
                _round++;
            }

            pause = pause < LongestClosure ? pause : LongestClosure;
            if (pause > ClosedFor)
            {
                _closedAt = time.GetTimestamp();
                _pause = pause;
            }

            if (ClosedFor > LongestPause)
            {
                foreach (TaskCompletionSource<long> place in _waiting.Values)
                {
                    place.TrySetResult(TurnedBack);
                }

                _waiting.Clear();
                StopTimerOfNobody();
            }
        }
    }

    /// <summary>How long the gate stays closed; zero where it is open.</summary>
    internal TimeSpan ClosedFor
    {
        get
        {
            lock (_lock)
            {
                TimeSpan left = _pause == TimeSpan.Zero ? TimeSpan.Zero : _pause - time.GetElapsedTime(_closedAt);
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }
    }

    private bool MayPass(TimeSpan closed) => _underWay < (int)_limit && closed == TimeSpan.Zero;

    private void LetPass()
    {
        // Asked once: a gate that opened between two looks would let nobody pass and set no timer either.
        TimeSpan closed = ClosedFor;
        while (_waiting.Count > 0 && MayPass(closed))
        {
            KeyValuePair<long, TaskCompletionSource<long>> next = _waiting.First();
            _waiting.Remove(next.Key);
            _underWay++;
            next.Value.TrySetResult(_round);
        }

        if (_waiting.Count > 0 && closed > TimeSpan.Zero && _opening is null)
        {
            // A timer may fire a little early; another one then takes the rest.
            _opening = time.CreateTimer(
                _ =>
                {
                    lock (_lock)
                    {
                        _opening?.Dispose();
                        _opening = null;
                        LetPass();
                    }
                },
                null,
                closed + TimeSpan.FromMilliseconds(1),
                Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A timer must not outlive those who wait for it.</summary>
    private void StopTimerOfNobody()
    {
        if (_waiting.Count == 0)
        {
            _opening?.Dispose();
            _opening = null;
        }
    }
}
