namespace OpenRouter.Byok.Client;

/// <summary>
/// When the keys of a workspace are listed: as soon as one of the waiting creates is due, but never two looks at a time,
/// and with a pause between two looks. Each look serves all creates that wait when it begins, due or not.
/// </summary>
internal sealed class LookSchedule(TimeProvider time)
{
    /// <summary>The shortest time from the end of a look to the beginning of the next one, however many creates wait.</summary>
    internal static readonly TimeSpan ShortestDistance = TimeSpan.FromSeconds(0.5);

    private readonly object _lock = new();
    private readonly List<Waiter> _waiting = [];
    private readonly List<Waiter> _served = [];
    private LookState _state = LookState.Idle;
    private long? _lastEnd;

    /// <summary>Ends the current pause or look: another look is due, or no create waits for this one any longer.</summary>
    private TaskCompletionSource<bool> _interrupt = new();

    private enum LookState
    {
        /// <summary>No create waits, and no timer runs.</summary>
        Idle,

        /// <summary>No create is due yet.</summary>
        Pausing,

        /// <summary>A listing is in flight.</summary>
        Looking,
    }

    /// <summary>Waits for the next look, which begins at its due time at the latest.</summary>
    /// <param name="from">The time stamp that <paramref name="distance"/> counts from.</param>
    /// <param name="distance">When a look is due.</param>
    /// <param name="call">The create that waits.</param>
    /// <param name="look">Lists the keys that may belong to the creates that it is given.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <exception cref="ByokApiException">The listing failed.</exception>
    internal async Task<Look> NextAsync(
        long from,
        TimeSpan distance,
        CreateCall call,
        Func<IReadOnlyList<CreateCall>, CancellationToken, Task<Look>> look,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new Waiter(from, distance, call, look);
        TaskCompletionSource<bool>? interrupt = null;
        bool begins;
        lock (_lock)
        {
            _waiting.Add(waiter);
            begins = _state == LookState.Idle;
            if (begins)
            {
                _state = LookState.Pausing;
            }
            else if (_state == LookState.Pausing)
            {
                interrupt = _interrupt;
            }
        }

        interrupt?.TrySetResult(true);
        using CancellationTokenRegistration registration = cancellationToken.Register(() => Leave(waiter, cancellationToken));
        if (begins)
        {
            _ = RunAsync();
        }

        return await waiter.Result.Task.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        while (true)
        {
            Waiter? first;
            Waiter[] served = [];
            TimeSpan pause;
            Task interrupt;
            lock (_lock)
            {
                first = _waiting.OrderBy(TimeLeft).FirstOrDefault();
                if (first is null)
                {
                    _state = LookState.Idle;
                    return;
                }

                pause = Longer(TimeLeft(first), _lastEnd is { } end ? ShortestDistance - time.GetElapsedTime(end) : TimeSpan.Zero);
                _state = pause > TimeSpan.Zero ? LookState.Pausing : LookState.Looking;
                _interrupt = new TaskCompletionSource<bool>();
                interrupt = _interrupt.Task;
                if (_state == LookState.Looking)
                {
                    _served.AddRange(_waiting);
                    served = [.. _served];
                }
            }

            if (pause > TimeSpan.Zero)
            {
                await PauseAsync(pause, interrupt).ConfigureAwait(false);
            }
            else
            {
                await LookAsync(first, served, interrupt).ConfigureAwait(false);
            }
        }
    }

    private async Task PauseAsync(TimeSpan pause, Task interrupt)
    {
        using var stop = new CancellationTokenSource();

        // Clocks count in milliseconds; a shorter pause would end too early.
        TimeSpan least = TimeSpan.FromMilliseconds(1);
        pause = Longer(pause, least);
#if NET
        Task delay = Task.Delay(pause, time, stop.Token);
#else
        Task delay = time.Delay(pause, stop.Token);
#endif
        await Task.WhenAny(delay, interrupt).ConfigureAwait(false);

        // No timer outlives its pause.
        stop.Cancel();
    }

    private async Task LookAsync(Waiter first, Waiter[] served, Task interrupt)
    {
        using var stop = new CancellationTokenSource();
        Look? look = null;
        Exception? failure = null;
        try
        {
            Task<Look> listing = first.Look([.. served.Select(static waiter => waiter.Call)], stop.Token);
            await Task.WhenAny(listing, interrupt).ConfigureAwait(false);
            if (!listing.IsCompleted)
            {
                stop.Cancel();
            }

            look = await listing.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // All waiting creates throw it, whatever its type.
            failure = error;
        }

        lock (_lock)
        {
            _lastEnd = time.GetTimestamp();
            _waiting.RemoveAll(_served.Contains);
            _served.Clear();
        }

        foreach (Waiter waiter in served)
        {
            _ = failure is null ? waiter.Result.TrySetResult(look!) : waiter.Result.TrySetException(failure);
        }
    }

    private void Leave(Waiter waiter, CancellationToken cancellationToken)
    {
        TaskCompletionSource<bool>? interrupt = null;
        lock (_lock)
        {
            _waiting.Remove(waiter);
            _served.Remove(waiter);
            if ((_state == LookState.Looking && _served.Count == 0) || (_state == LookState.Pausing && _waiting.Count == 0))
            {
                interrupt = _interrupt;
            }
        }

        waiter.Result.TrySetCanceled(cancellationToken);
        interrupt?.TrySetResult(true);
    }

    private TimeSpan TimeLeft(Waiter waiter) => waiter.Distance - time.GetElapsedTime(waiter.From);

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private sealed record Waiter(long From, TimeSpan Distance, CreateCall Call, Func<IReadOnlyList<CreateCall>, CancellationToken, Task<Look>> Look)
    {
        internal TaskCompletionSource<Look> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
