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

            // The last page is held back until then.
            return request.Query.Contains("offset=99&", StringComparison.Ordinal) ? looked.Task : Task.CompletedTask;
        };

        Task<int> listing = account.Client.ListKeysAsync(cancellationToken: TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken).AsTask();

        Assert.Equal(199, await listing.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(3, account.Server.Requests.Count);
    }
}
