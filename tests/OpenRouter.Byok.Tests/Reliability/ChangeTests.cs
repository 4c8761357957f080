using System.Globalization;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>Updates and deletes are repeated until they are done.</summary>
public sealed class ChangeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_updates_succeed_where_one_in_seven_answers_500_and_one_in_eleven_is_reset_after_it_was_done()
    {
        await using Account account = await Account.OpenAsync(new SandboxOptions { SeedCount = 100 }, faults: ["Update:Status(500)%7", "Update:ResetAfterCommit%11"]);

        ByokKey[] changed = await Task.WhenAll(account.Store.Keys.Select(key => account.Client.UpdateKeyAsync(key.Id.ToString(), Account.Disable, account, Token)));

        Assert.All(changed, key => Assert.True(key.Disabled));
        Assert.All(account.Store.Keys, key => Assert.True(key.Disabled));
        Assert.NotEmpty(account.Said);
    }

    [Theory]
    [InlineData("ResetAfterCommit")]
    [InlineData("CloseAfterCommit")]
    [InlineData("StatusAfterCommit(502)")]
    [InlineData("TruncatedBody")]
    public async Task None_is_left_and_no_error_is_told_where_three_in_ten_answers_to_deletes_are_lost(string fault)
    {
        // Enough attempts for every delete: the order of arrival decides which request has a fault.
        await using Account account = await Account.OpenAsync(new SandboxOptions { SeedCount = 100 }, retries: 12, faults: $"Delete:{fault}~0.3#42");

        await Task.WhenAll(account.Store.Keys.Select(key => account.Client.DeleteKeyAsync(key.Id.ToString(), account, Token)));

        Assert.Equal(0, account.Store.Count);
    }

    [Fact]
    public async Task A_delete_that_finds_nothing_at_its_first_attempt_says_so()
    {
        await using Account account = await Account.OpenAsync();

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => account.Client.DeleteKeyAsync(Guid.NewGuid().ToString(), account, Token));

        Assert.Equal(ByokErrorKind.NotFound, error.Kind);
    }

    [Fact]
    public async Task A_delete_that_finds_nothing_after_an_attempt_that_was_surely_not_carried_out_says_so()
    {
        await using Account account = await Account.OpenAsync(faults: "Delete:Status(429)x1");

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => account.Client.DeleteKeyAsync(Guid.NewGuid().ToString(), account, Token));

        Assert.Equal(ByokErrorKind.NotFound, error.Kind);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task What_may_pass_is_tried_again_as_often_as_allowed(int status)
    {
        await using Account account = await Account.OpenAsync(new SandboxOptions { SeedCount = 1 }, retries: 3, faults: $"Get:Status({status.ToString(CultureInfo.InvariantCulture)})");

        await Assert.ThrowsAsync<ByokApiException>(() => account.Client.GetKeyAsync(account.Store.Keys[0].Id.ToString(), account, Token));

        Assert.Equal(4, account.Server.Requests.Count);
        Assert.Equal(3, account.Said.Count(said => said.Contains(" follows in ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(422)]
    [InlineData(501)]
    public async Task What_will_not_pass_is_not_tried_again(int status)
    {
        await using Account account = await Account.OpenAsync(new SandboxOptions { SeedCount = 1 }, faults: $"Get:Status({status.ToString(CultureInfo.InvariantCulture)})");

        await Assert.ThrowsAsync<ByokApiException>(() => account.Client.GetKeyAsync(account.Store.Keys[0].Id.ToString(), account, Token));

        Assert.Single(account.Server.Requests);
    }

    [Theory]
    [InlineData("Get:RateLimited(1)x1")]
    [InlineData("Get:RateLimitedUntil(1)x1")]
    [InlineData("Get:Unavailable(1)x1")]
    public async Task The_server_is_not_asked_again_before_the_time_that_it_named(string fault)
    {
        await using Account account = await Account.OpenAsync(new SandboxOptions { SeedCount = 1 }, faults: fault);

        await account.Client.GetKeyAsync(account.Store.Keys[0].Id.ToString(), account, Token);

        Assert.Equal(2, account.Server.Requests.Count);
        Assert.InRange(account.Server.Requests[1].ReceivedAt - account.Server.Requests[0].ReceivedAt, TimeSpan.FromSeconds(0.98), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task One_429_holds_back_the_other_requests_of_the_connection()
    {
        await using Account account = await Account.OpenAsync(new SandboxOptions { SeedCount = 20 }, faults: "Get:RateLimited(1)x1");
        string[] ids = [.. account.Store.Keys.Select(key => key.Id.ToString())];

        Task first = account.Client.GetKeyAsync(ids[0], account, Token);
        await Wait.UntilAsync(() => account.Said.Any(said => said.Contains(" follows in ", StringComparison.Ordinal)));

        await Task.WhenAll(ids.Skip(1).Select(id => account.Client.GetKeyAsync(id, account, Token)).Append(first));

        Assert.Equal(21, account.Server.Requests.Count);
        Assert.All(account.Server.Requests.Skip(1), request => Assert.True(request.ReceivedAt - account.Server.Requests[0].ReceivedAt > TimeSpan.FromSeconds(0.98)));
    }

    [Fact]
    public async Task A_pause_of_an_hour_is_an_error_now_and_nothing_more_is_sent()
    {
        await using Account account = await Account.OpenAsync(new SandboxOptions { SeedCount = 1 }, faults: "Get:RateLimited(3600)");
        string id = account.Store.Keys[0].Id.ToString();

        ByokApiException first = await Assert.ThrowsAsync<ByokApiException>(() => account.Client.GetKeyAsync(id, account, Token));
        ByokApiException second = await Assert.ThrowsAsync<ByokApiException>(() => account.Client.GetKeyAsync(id, account, Token));

        Assert.All([first, second], error => Assert.Equal(ByokErrorKind.RateLimited, error.Kind));
        Assert.True(first.EndsTheCommand && second.EndsTheCommand);
        Assert.Single(account.Server.Requests);
    }

    [Fact]
    public async Task A_server_that_admits_few_requests_gets_all_updates_done()
    {
        await using Account account = await Account.OpenAsync(
            new SandboxOptions { SeedCount = 120, RateLimit = new RateLimit(40) }, retries: 10);
        string[] ids = [.. account.Store.Keys.Select(key => key.Id.ToString())];
        using var slots = new SemaphoreSlim(32);

        await Task.WhenAll(ids.Select(async id =>
        {
            await slots.WaitAsync(Token);
            try
            {
                await account.Client.UpdateKeyAsync(id, Account.Disable, account, Token);
            }
            finally
            {
                slots.Release();
            }
        }));

        Assert.All(account.Store.Keys, key => Assert.True(key.Disabled));

        // Those that were in flight when the first was rejected, and a few each second; none if this machine is
        // slower than the server's limit.
        Assert.InRange(account.Server.Requests.Count(request => request.Status == 429), 0, 120);
    }
}
