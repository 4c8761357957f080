using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>After one 429 all requests of a connection wait, and their number then grows step by step.</summary>
public sealed class ConcurrencyLimiterTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private readonly CountingTime _time = new();
    private readonly ConcurrencyLimiter _limiter;

    public ConcurrencyLimiterTests() => _limiter = new ConcurrencyLimiter(_time, LongestWait);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Nothing_is_held_back_before_the_first_429()
    {
        for (int request = 0; request < 100; request++)
        {
            Assert.True(AcquireAsync().IsCompletedSuccessfully);
        }

        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public async Task A_429_holds_back_all_until_the_named_time_and_not_longer()
    {
        Reject(await AcquireAsync(), 3 * Second);
        Task<Lease>[] waiting = [.. Enumerable.Range(0, 5).Select(_ => AcquireAsync())];

        _time.Advance(2.9 * Second);
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        _time.Advance(0.2 * Second);
        foreach (Task<Lease> task in waiting)
        {
            Succeed(await task);
        }

        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public async Task Waiting_requests_pass_in_the_order_of_their_tickets()
    {
        long early = _limiter.TakeTicket();
        long late = _limiter.TakeTicket();
        Lease rejected = await AcquireAsync();
        rejected.Pause(Second);
        Task<Lease> lateOne = _limiter.AcquireAsync(late, Token);
        Task<Lease> earlyOne = _limiter.AcquireAsync(early, Token);
        _time.Advance(2 * Second);

        // The rejected request was alone, so one may be in flight: it still is.
        Assert.False(earlyOne.IsCompleted);
        rejected.Dispose();
        Lease first = await earlyOne;
        Assert.False(lateOne.IsCompleted);
        Succeed(first);
        Assert.True((await lateOne).IsAcquired);
    }

    [Fact]
    public async Task Concurrency_halves_with_a_429_and_grows_again_one_by_one()
    {
        Lease[] leases = [.. Enumerable.Range(0, 16).Select(_ => AcquireAsync().Result)];

        // All sixteen are rejected at the same time: that counts once, not sixteen times.
        foreach (Lease lease in leases)
        {
            lease.Pause(Second);
        }

        foreach (Lease lease in leases)
        {
            lease.Dispose();
        }

        List<Task<Lease>> waiting = [.. Enumerable.Range(0, 64).Select(_ => AcquireAsync())];
        _time.Advance(2 * Second);
        await Wait.UntilAsync(() => waiting.Count(task => task.IsCompleted) >= 8);
        Assert.Equal(8, waiting.Count(task => task.IsCompleted));

        // A full round of successes allows one more.
        foreach (Task<Lease> task in waiting.Take(8).ToArray())
        {
            Succeed(await task);
        }

        await Wait.UntilAsync(() => waiting.Count(task => task.IsCompleted) >= 16);
        Assert.InRange(waiting.Count(task => task.IsCompleted) - 8, 8, 9);
    }

    [Fact]
    public async Task Successes_from_before_a_429_do_not_count_as_recovery()
    {
        Lease old = await AcquireAsync();
        Reject(await AcquireAsync(), Second);
        Succeed(old);
        _time.Advance(2 * Second);
        await AcquireAsync();

        Assert.False(AcquireAsync().IsCompleted);
    }

    [Fact]
    public async Task A_lease_that_is_disposed_twice_makes_room_once()
    {
        Lease one = await AcquireAsync();
        Reject(await AcquireAsync(), Second);
        _time.Advance(2 * Second);
        one.Dispose();
        one.Dispose();
        await AcquireAsync();

        Assert.False(AcquireAsync().IsCompleted);
    }

    [Fact]
    public async Task A_request_that_is_stopped_while_it_waits_leaves_no_timer_behind()
    {
        Reject(await AcquireAsync(), 100 * Second);
        using var stop = new CancellationTokenSource();
        Task<Lease> waiting = _limiter.AcquireAsync(_limiter.TakeTicket(), stop.Token);
        Assert.Equal(1, _time.Timers);
        await stop.CancelAsync();

        await Assert.ThrowsAsync<TaskCanceledException>(() => waiting);
        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public async Task A_pause_longer_than_a_request_waits_refuses_all_at_once_until_it_is_short_enough()
    {
        Lease first = await AcquireAsync();
        Lease second = await AcquireAsync();
        Reject(first, Second);
        Task<Lease> waiting = AcquireAsync();
        Reject(second, TimeSpan.FromDays(20_000));

        Assert.False((await waiting).IsAcquired);
        Assert.False((await AcquireAsync()).IsAcquired);
        Assert.Equal(0, _time.Timers);

        // One hour is the maximum.
        _time.Advance(TimeSpan.FromHours(1) - LongestWait);
        Task<Lease> later = AcquireAsync();
        Assert.False(later.IsCompleted);
        _time.Advance(LongestWait + Second);
        Assert.True((await later).IsAcquired);
    }

    /// <summary>A request that arrives exactly when the pause ends must not be lost.</summary>
    [Fact]
    public async Task Whenever_the_pause_ends_a_waiting_request_passes_or_has_a_timer()
    {
        for (int ticks = 1; ticks <= 20; ticks++)
        {
            var time = new TickingTime();
            var limiter = new ConcurrencyLimiter(time, LongestWait);
            Reject(await limiter.AcquireAsync(limiter.TakeTicket(), Token), TimeSpan.FromTicks(ticks));

            Task<Lease> waiting = limiter.AcquireAsync(limiter.TakeTicket(), Token);

            Assert.True(waiting.IsCompleted || time.Timers > 0, $"Paused for {ticks} ticks.");
        }
    }

    private Task<Lease> AcquireAsync() => _limiter.AcquireAsync(_limiter.TakeTicket(), Token);

    private static void Reject(Lease lease, TimeSpan pause)
    {
        lease.Pause(pause);
        lease.Dispose();
    }

    private static void Succeed(Lease lease)
    {
        lease.Succeed();
        lease.Dispose();
    }

    /// <summary>A clock that advances each time it is read.</summary>
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
