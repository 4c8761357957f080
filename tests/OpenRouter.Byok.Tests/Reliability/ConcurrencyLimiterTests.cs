using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>One 429 holds back all requests of a connection, and they come back little by little.</summary>
public sealed class ConcurrencyLimiterTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly ManualTime _time = new();
    private readonly ConcurrencyLimiter _gate;

    public ConcurrencyLimiterTests() => _gate = new ConcurrencyLimiter(_time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Nothing_is_held_back_before_the_first_429()
    {
        for (int request = 0; request < 100; request++)
        {
            Assert.True(Enter(out _).IsCompletedSuccessfully);
        }

        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public async Task A_429_holds_back_everybody_until_the_named_time_and_not_longer()
    {
        long round = await Enter(out _);
        _gate.Close(round, 3 * Second);
        _gate.Leave(round, succeeded: false);
        Task<long>[] waiting = [.. Enumerable.Range(0, 5).Select(_ => Enter(out long _))];

        _time.Advance(2.9 * Second);
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        _time.Advance(0.2 * Second);
        long first = await waiting[0];
        _gate.Leave(first, succeeded: true);
        foreach (Task<long> task in waiting.Skip(1))
        {
            _gate.Leave(await task, succeeded: true);
        }

        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public async Task Those_who_wait_pass_in_the_order_of_their_tickets()
    {
        long early = _gate.TakeTicket();
        long late = _gate.TakeTicket();
        long round = await Enter(out _);
        _gate.Close(round, Second);
        Task<long> lateOne = _gate.EnterAsync(late, Token);
        Task<long> earlyOne = _gate.EnterAsync(early, Token);
        _time.Advance(2 * Second);

        // The closing request was alone, so one may be under way: it still is.
        Assert.False(earlyOne.IsCompleted);
        _gate.Leave(round, succeeded: false);
        round = await earlyOne;
        Assert.False(lateOne.IsCompleted);
        _gate.Leave(round, succeeded: true);
        await lateOne;
    }

    [Fact]
    public async Task Concurrency_halves_with_a_429_and_comes_back_one_by_one()
    {
        long[] rounds = [.. Enumerable.Range(0, 16).Select(_ => Enter(out long _).Result)];

        // All sixteen are turned away together: that is one sign, not sixteen.
        foreach (long round in rounds)
        {
            _gate.Close(round, Second);
        }

        foreach (long round in rounds)
        {
            _gate.Leave(round, succeeded: false);
        }

        List<Task<long>> waiting = [.. Enumerable.Range(0, 64).Select(_ => Enter(out long _))];
        _time.Advance(2 * Second);
        await Wait.UntilAsync(() => waiting.Count(task => task.IsCompleted) >= 8);
        Assert.Equal(8, waiting.Count(task => task.IsCompleted));

        // A full round of successes makes room for one more.
        foreach (Task<long> task in waiting.Take(8).ToArray())
        {
            _gate.Leave(await task, succeeded: true);
        }

        await Wait.UntilAsync(() => waiting.Count(task => task.IsCompleted) >= 16);
        Assert.InRange(waiting.Count(task => task.IsCompleted) - 8, 8, 9);
    }

    [Fact]
    public async Task Successes_from_before_a_429_do_not_count_as_recovery()
    {
        long old = await Enter(out _);
        long closing = await Enter(out _);
        _gate.Close(closing, Second);
        _gate.Leave(closing, succeeded: false);
        _gate.Leave(old, succeeded: true);
        _time.Advance(2 * Second);
        await Enter(out _);

        Assert.False(Enter(out _).IsCompleted);
    }

    [Fact]
    public async Task Who_is_stopped_while_waiting_leaves_no_timer_behind()
    {
        long round = await Enter(out _);
        _gate.Close(round, 100 * Second);
        _gate.Leave(round, succeeded: false);
        using var stop = new CancellationTokenSource();
        Task<long> waiting = _gate.EnterAsync(_gate.TakeTicket(), stop.Token);
        Assert.Equal(1, _time.Timers);
        await stop.CancelAsync();

        await Assert.ThrowsAsync<TaskCanceledException>(() => waiting);
        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public async Task A_pause_longer_than_a_request_may_take_turns_everybody_back_at_once()
    {
        long round = await Enter(out _);
        long second = await Enter(out _);
        _gate.Close(round, Second);
        _gate.Leave(round, succeeded: false);
        Task<long> waiting = Enter(out _);
        _gate.Close(second, TimeSpan.FromDays(20_000));

        Assert.Equal(ConcurrencyLimiter.TurnedBack, await waiting);
        Assert.Equal(ConcurrencyLimiter.TurnedBack, await Enter(out _));
        Assert.Equal(0, _time.Timers);
    }

    private Task<long> Enter(out long ticket)
    {
        ticket = _gate.TakeTicket();
        return _gate.EnterAsync(ticket, Token);
    }

    /// <summary>Whoever comes at the very moment of the opening must not be forgotten.</summary>
    [Fact]
    public async Task Whenever_the_gate_opens_whoever_waits_passes_or_has_a_timer()
    {
        for (int ticks = 1; ticks <= 20; ticks++)
        {
            var time = new TickingTime();
            var gate = new ConcurrencyLimiter(time);
            long round = await gate.EnterAsync(gate.TakeTicket(), TestContext.Current.CancellationToken);
            gate.Close(round, TimeSpan.FromTicks(ticks));
            gate.Leave(round, succeeded: false);

            Task<long> waiting = gate.EnterAsync(gate.TakeTicket(), TestContext.Current.CancellationToken);

            Assert.True(waiting.IsCompleted || time.Timers > 0, $"Closed for {ticks} ticks.");
        }
    }

    /// <summary>A clock that goes on with each look at it.</summary>
    private sealed class TickingTime : TimeProvider
    {
        private long _now;

        internal int Timers { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ++_now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Timers++;
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
