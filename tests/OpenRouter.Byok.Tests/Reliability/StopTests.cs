using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>A stop ends everything at once, and nothing is sent afterwards.</summary>
public sealed class StopTests
{
    /// <summary>Far longer than a stop takes, far shorter than the work that it interrupts.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("*:Hang")]
    [InlineData("*:HangAfterCommit")]
    [InlineData("*:SlowTrickle(1000)")]
    [InlineData("*:RateLimited(120)")]
    [InlineData("*:Unavailable(120)")]
    public async Task Whatever_the_server_does_a_stop_ends_the_request_and_nothing_follows(string fault)
    {
        await using Account account = await Account.OpenAsync(new SandboxOptions { SeedCount = 10 }, timeoutSec: 300, retries: 50, interval: 100, faults: fault);
        string id = account.Store.Keys[0].Id.ToString();
        using var stop = new CancellationTokenSource();
        Task[] work =
        [
            account.Client.GetKeyAsync(id, account, stop.Token),
            account.Client.UpdateKeyAsync(id, Account.Disable, account, stop.Token),
            account.Client.DeleteKeyAsync(id, account, stop.Token),
            account.Client.CreateKeyAsync(Account.NewKey("one"), account, stop.Token),
            ReadAsync(account, stop.Token),
        ];
        await Wait.UntilAsync(() => account.Server.Requests.Count > 0);

        await stop.CancelAsync();
        foreach (Task task in work)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.WaitAsync(Patience, TestContext.Current.CancellationToken));
        }

        // Requests in flight may still arrive, but no others; no connection stays open.
        int sent = Sent(account);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        await Wait.UntilAsync(() => account.Server.Concurrent == 0);
        Assert.Equal(sent, Sent(account));
        Assert.InRange(account.Server.Requests.Count, 1, sent);
    }

    [Fact]
    public async Task A_time_limit_that_runs_out_at_the_moment_of_the_answer_does_no_harm()
    {
        var time = new UnstoppableTimers();
        await using Account account = await Account.OpenAsync(new SandboxOptions { SeedCount = 1 }, time: time);
        await account.Client.GetKeyAsync(account.Store.Keys[0].Id.ToString(), account, TestContext.Current.CancellationToken);

        // An unhandled exception on the timer's thread would end the process.
        Assert.NotEqual(0, time.Fire());
    }

    [Fact]
    public async Task The_connection_can_be_used_again_at_once()
    {
        await using Account account = await Account.OpenAsync(new SandboxOptions { SeedCount = 10 }, timeoutSec: 300, faults: "List:Hangx1");
        using var stop = new CancellationTokenSource();
        Task reading = ReadAsync(account, stop.Token);
        await Wait.UntilAsync(() => account.Server.Requests.Count > 0);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);

        Assert.Equal(10, await account.Client.ListKeysAsync(cancellationToken: TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_listing_that_is_left_asks_for_nothing_more()
    {
        await using Account account = await Account.OpenAsync(new SandboxOptions { SeedCount = 5000 });
        int given = 0;
        await foreach (ByokKey key in account.Client.ListKeysAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            if (++given == 3)
            {
                break;
            }
        }

        await Wait.UntilAsync(() => account.Server.Concurrent == 0);
        int arrived = account.Server.Requests.Count;
        await Task.Delay(200, TestContext.Current.CancellationToken);

        // The first objects are returned after one round trip, before anything is read ahead.
        Assert.Equal(1, arrived);
        Assert.Equal(arrived, account.Server.Requests.Count);
    }

    private static int Sent(Account account) => account.Said.Count(message => message.Contains(", attempt ", StringComparison.Ordinal));

    private static async Task ReadAsync(Account account, CancellationToken stop)
    {
        await foreach (ByokKey key in account.Client.ListKeysAsync(null, account, stop))
        {
        }
    }
}
