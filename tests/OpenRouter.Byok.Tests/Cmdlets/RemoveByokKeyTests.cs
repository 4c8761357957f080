using OpenRouter.Byok.Cmdlets;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Cmdlets;

public sealed class RemoveByokKeyTests
{
    [Fact]
    public async Task It_deletes_what_comes_down_the_pipeline_and_is_quiet()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(30);
        RecordingPipeline said = new RecordingPipeline().Run<RemoveByokKeyCommand>(
            account.Connection,
            new Dictionary<string, object?>(),
            [.. account.Server.Store.Keys.Take(29).Select(key => CmdletBinding.Piped(key.Id.ToString()))]);
        Assert.Equal(1, account.Server.Store.Count);
        Assert.Empty(said.Objects);
        Assert.Equal(29, said.Questions.Count);
    }

    [Fact]
    public async Task A_no_deletes_nothing()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(3);
        RecordingPipeline said = new RecordingPipeline { Answer = static _ => false }.Run<RemoveByokKeyCommand>(
            account.Connection,
            new Dictionary<string, object?> { ["Id"] = account.Server.Store.Keys.Select(key => key.Id.ToString()).ToArray() });
        Assert.Equal(3, said.Questions.Count);
        Assert.Empty(account.Server.Requests);
        Assert.Equal(3, account.Server.Store.Count);
    }

    [Fact]
    public async Task A_question_names_the_key_so_that_it_can_be_recognised()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        ByokKey key = await account.Client.ListKeysAsync(cancellationToken: TestContext.Current.CancellationToken).SingleAsync(TestContext.Current.CancellationToken);
        RecordingPipeline said = new RecordingPipeline { Answer = static _ => false }.Run<RemoveByokKeyCommand>(
            account.Connection, new Dictionary<string, object?>(), CmdletBinding.Piped(key));
        Assert.Equal([$"Remove credential: {key.Name} {key.Provider} {key.Label} ({key.Id})"], said.Questions);
    }

    [Fact]
    public async Task A_row_without_an_id_fails_alone()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        RecordingPipeline said = new RecordingPipeline().Run<RemoveByokKeyCommand>(
            account.Connection,
            new Dictionary<string, object?>(),
            CmdletBinding.Row(("Name", "x")),
            CmdletBinding.Row(("Id", account.Server.Store.Keys[0].Id.ToString())));
        Assert.StartsWith("Row 1, column Id:", Assert.Single(said.Errors).Cause.Message, StringComparison.Ordinal);
        Assert.Equal(0, account.Server.Store.Count);
    }

    [Fact]
    public async Task An_error_can_end_the_command()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(2);
        RecordingPipeline said = new RecordingPipeline { StopsOnError = true }.Run<RemoveByokKeyCommand>(
            account.Connection, new Dictionary<string, object?> { ["ThrottleLimit"] = 1UL }, CmdletBinding.Piped("malformed"));
        Assert.Equal("ByokBadRequest", Assert.Single(said.Errors).Id);
        Assert.Empty(account.Server.Requests.Of(ApiOperation.Delete));
    }
}
