using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>Concurrent creates share looks but never a key, over one connection or several.</summary>
public sealed class CreateSharingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_look_serves_all_creates_that_wait_and_their_settling_times_overlap()
    {
        var time = new CountingTime();
        await using Account account = await Account.OpenAsync(timeoutSec: 600, time: time, faults: "Create:Status(502)x20");
        DateTimeOffset started = time.GetUtcNow();

        Task<ByokKey[]> creates = Task.WhenAll(Enumerable.Range(0, 100).Select(number => account.CreateAsync($"key {number}", $"sk-test-0123456789-{number:D4}")));
        await Account.EndPausesAsync(time, creates);
        ByokKey[] created = await creates;

        Assert.Equal(100, created.Select(key => key.Id).Distinct().Count());
        Assert.Equal(100, account.Store.Count);
        Assert.Equal(120, account.Server.Requests.Of(ApiOperation.Create).Count);

        // Each of the 20 needs five looks before its repeat and one after it: alone, they would be 120.
        int looks = account.Server.Requests.Of(ApiOperation.List).Count(request => request.Query.Contains("offset=0&", StringComparison.Ordinal));
        Assert.InRange(looks, 6, 40);
        Assert.InRange(time.GetUtcNow() - started, 2 * Reconciliation.SettlingTime, 3 * Reconciliation.SettlingTime);
        Assert.Empty(account.Warnings);
    }

    [Fact]
    public async Task A_create_over_one_connection_never_takes_the_key_of_an_identical_create_over_another()
    {
        await using Account account = await Account.OpenAsync(faults: "Create:Status(502)+1x1");
        using var other = new ByokClient(account.Connection, account.Time);
        var release = new TaskCompletionSource();
        var looked = new TaskCompletionSource();
        account.Server.OnHandled = request =>
        {
            if (request.Operation == ApiOperation.List)
            {
                looked.TrySetResult();
            }

            return request.Operation == ApiOperation.Create && !looked.Task.IsCompleted ? release.Task : Task.CompletedTask;
        };

        // The first is completed, and its response is in flight while the second, which failed, looks.
        Task<ByokKey> first = account.CreateAsync();
        await Wait.UntilAsync(() => account.Store.Count == 1);
        Task<ByokKey> second = other.CreateKeyAsync(Account.NewKey("one"), account, Token);
        await looked.Task.WaitAsync(Token);
        await Wait.UntilAsync(() => account.Said.Any(message => message.Contains("waiting for its response", StringComparison.Ordinal)) || second.IsCompleted);
        release.SetResult();

        string[] created = [(await first).Id, (await second).Id];

        Assert.Equal(2, created.Distinct().Count());
        Assert.Equal(account.Store.Keys.Select(key => key.Id.ToString()).Order(), created.Order());
    }

    [Fact]
    public async Task Identical_creates_over_several_connections_make_one_key_each()
    {
        await using Account account = await Account.OpenAsync(faults: ["Create:StatusAfterCommit(502)%3", "Create:ResetBeforeCommit%2", "Create:ResetAfterCommit%5"]);
        ByokClient[] clients = [.. Enumerable.Range(0, 4).Select(_ => new ByokClient(account.Connection, account.Time))];

        ByokKey[] created = await Task.WhenAll(Enumerable.Range(0, 12).Select(number => clients[number % 4].CreateKeyAsync(Account.NewKey("same"), account, Token)));

        Assert.Equal(account.Store.Keys.Select(key => key.Id.ToString()).Order(), created.Select(key => key.Id).Order());
        Assert.All(clients, client => client.Dispose());
    }
}
