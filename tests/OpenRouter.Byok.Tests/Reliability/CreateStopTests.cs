using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>A stop ends the waits of a create at once, and leaves no timer behind.</summary>
public sealed class CreateStopTests
{
    [Fact]
    public async Task A_stop_while_a_create_waits_before_the_next_look_ends_it_at_once_and_leaves_no_timer()
    {
        var time = new CountingTime();
        await using Account account = await Account.OpenAsync(time: time, faults: "Create:Status(502)");
        using var stop = new CancellationTokenSource();
        Task<ByokKey> create = account.Client.CreateKeyAsync(Account.NewKey("one"), account, stop.Token);
        await Wait.UntilAsync(() => account.Said.Any(message => message.StartsWith("Waiting 1 s", StringComparison.Ordinal)));
        await Wait.UntilAsync(() => time.Timers == 1);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => create);
        Assert.Equal(0, time.Timers);
        Assert.Single(account.Server.Requests.Of(ApiOperation.Create));
    }

    [Fact]
    public async Task A_stop_of_one_of_two_creates_that_share_a_look_leaves_the_other_its_look()
    {
        var looking = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using Account account = await Account.OpenAsync(faults: "Create:StatusAfterCommit(502)x2");
        account.Server.OnHandled = request => request.Operation == ApiOperation.Create ? Wait.UntilAsync(() => account.Store.Count == 2) : Task.CompletedTask;
        account.Server.OnRequest = async request =>
        {
            if (request.Operation == ApiOperation.List)
            {
                looking.TrySetResult();
                await release.Task;
            }
        };
        using var stop = new CancellationTokenSource();
        Task<ByokKey> stopped = account.Client.CreateKeyAsync(Account.NewKey("one"), account, stop.Token);
        Task<ByokKey> other = account.CreateAsync("two");
        await looking.Task.WaitAsync(TestContext.Current.CancellationToken);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        release.SetResult();

        Assert.Equal(account.Store.Keys.Single(key => key.Name == "two").Id.ToString(), (await other).Id);
    }

    [Fact]
    public async Task A_stop_while_a_second_key_is_watched_for_returns_the_key_with_a_warning()
    {
        using var stop = new CancellationTokenSource();
        SandboxServer? server = null;
        var time = new ShortPauses
        {
            OnPause = _ =>
            {
                if (server?.Requests.Of(ApiOperation.Create).Count == 2)
                {
                    stop.Cancel();
                }
            },
        };
        await using Account account = await Account.OpenAsync(time: time, faults: "Create:Status(502)x1");
        server = account.Server;

        ByokKey created = await account.Client.CreateKeyAsync(Account.NewKey("one"), account, stop.Token);

        Assert.Equal(Assert.Single(account.Store.Keys).Id.ToString(), created.Id);
        Assert.Contains(created.Id, Assert.Single(account.Warnings), StringComparison.Ordinal);
    }
}
