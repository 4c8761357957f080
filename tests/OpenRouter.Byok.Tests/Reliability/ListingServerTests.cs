using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>A listing against a server.</summary>
public sealed class ListingServerTests
{
    [Fact]
    public async Task The_look_after_a_full_last_page_does_not_wait_for_that_page()
    {
        await using Account account = await Account.OpenAsync(new SandboxOptions { SeedCount = 199 });
        var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        account.Server.OnRequest = request =>
        {
            if (request.Query.Contains("offset=198&", StringComparison.Ordinal))
            {
                looked.TrySetResult();
            }

            // The last page waits until then.
            return request.Query.Contains("offset=99&", StringComparison.Ordinal) ? looked.Task : Task.CompletedTask;
        };

        Task<int> listing = account.Client.ListKeysAsync(cancellationToken: TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken).AsTask();

        Assert.Equal(199, await listing.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(3, account.Server.Requests.Count);
    }

    [Theory]
    [InlineData("PageOf(1)")]
    [InlineData("PageOf(1)&WithoutField(total_count)")]
    [InlineData("PageOf(7)&WithoutField(total_count)")]
    [InlineData("MovedToStart")]
    [InlineData("MovedToEnd")]
    [InlineData("LaggingTotal(1)")]
    [InlineData("FieldValue(total_count,2305843009213693952)")]
    public async Task Every_key_is_returned_once_from_a_server_that_pages_moves_or_counts_oddly(string fault)
    {
        await using Account account = await Account.OpenAsync(new SandboxOptions { SeedCount = 130 });
        account.Server.Faults.Add($"List:{fault}");
        var trace = new RecordingTrace();

        List<string> ids = await account.Client.ListKeysAsync(trace: trace, cancellationToken: TestContext.Current.CancellationToken)
            .Select(key => key.Id).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(account.Store.Keys.Select(key => key.Id.ToString()).Order(), ids.Order());
        Assert.False(trace.Warned);
    }
}
