using OpenRouter.Byok.Cmdlets;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Cmdlets;

public sealed class GetByokKeyTests
{
    private static readonly Dictionary<string, object?> s_nothing = [];

    [Fact]
    public async Task Without_parameters_it_lists()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(120);
        RecordingPipeline said = new RecordingPipeline().Run<GetByokKeyCommand>(account.Connection, s_nothing);
        Assert.Equal(account.Server.Store.Keys.Select(key => key.Id.ToString()), said.Objects.Cast<ByokKey>().Select(key => key.Id));
        Assert.Empty(said.Errors);
    }

    [Fact]
    public async Task Providers_are_the_servers_filter_one_after_the_other()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(16);
        RecordingPipeline said = new RecordingPipeline().Run<GetByokKeyCommand>(
            account.Connection, new Dictionary<string, object?> { ["Provider"] = new[] { "openai", "azure" } });
        Assert.Equal(["openai", "openai", "azure", "azure"], said.Objects.Cast<ByokKey>().Select(key => key.Provider));
        Assert.Equal(["openai", "azure"], account.Server.Requests.Select(request => request.QueryValue("provider")));
    }

    [Fact]
    public async Task First_and_skip_are_the_servers_paging()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(300);
        RecordingPipeline said = new RecordingPipeline().Run<GetByokKeyCommand>(
            account.Connection, new Dictionary<string, object?> { ["First"] = 3UL, ["Skip"] = 250UL, ["IncludeTotalCount"] = true });
        Assert.Equal(account.Server.Store.Keys.Skip(250).Take(3).Select(key => key.Id.ToString()), said.Objects.Cast<ByokKey>().Select(key => key.Id));
        Assert.Equal([(300UL, 1.0)], said.TotalCounts);
        Assert.Equal(("250", "3"), (account.Sent(ApiOperation.List).QueryValue("offset"), account.Sent(ApiOperation.List).QueryValue("limit")));
    }

    [Fact]
    public async Task Of_several_lists_nobody_knows_the_total_and_nobody_claims_to()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(300);
        RecordingPipeline said = new RecordingPipeline().Run<GetByokKeyCommand>(
            account.Connection, new Dictionary<string, object?> { ["Provider"] = new[] { "openai", "azure" }, ["IncludeTotalCount"] = true });
        Assert.Equal([(0UL, 0.0)], said.TotalCounts);
    }

    [Fact]
    public async Task An_unknown_id_among_good_ones_fails_alone_and_in_its_turn()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(3);
        string[] ids = [.. account.Server.Store.Keys.Select(key => key.Id.ToString())];
        string unknown = Guid.NewGuid().ToString();
        RecordingPipeline said = new RecordingPipeline().Run<GetByokKeyCommand>(
            account.Connection, s_nothing, [.. new[] { ids[0], unknown, "malformed", ids[2] }.Select(CmdletBinding.Piped)]);
        Assert.Equal([ids[0], ids[2]], said.Objects.Cast<ByokKey>().Select(key => key.Id));
        Assert.Equal(["ByokNotFound", "ByokBadRequest"], said.Errors.Select(error => error.Id));
        Assert.Equal([unknown, "malfor…"], said.Errors.Select(error => error.Target));
        Assert.Null(said.TerminatingError);
    }

    [Fact]
    public async Task A_wrong_management_key_is_one_error_for_all_records()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(50);
        var wrong = new ByokConnection { BaseUri = account.Server.BaseUri, ApiKey = SandboxAccount.Secure("sk-or-v1-wrong"), MaximumRetryCount = 0 };
        RecordingPipeline said = new RecordingPipeline().Run<GetByokKeyCommand>(
            wrong, s_nothing, [.. account.Server.Store.Keys.Select(key => CmdletBinding.Piped(key.Id.ToString()))]);
        Assert.Equal("ByokUnauthorized", said.TerminatingError?.Id);
        Assert.Empty(said.Errors);
        Assert.Empty(said.Objects);
    }

    [Fact]
    public async Task Workspaces_that_come_down_the_pipeline_are_listed_and_a_global_key_comes_once()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        Guid team = account.Server.Store.AddWorkspace("Team").Id;
        account.Server.Store.Seed(20, new SeedOptions { WorkspaceIds = [team, account.Server.Store.DefaultWorkspaceId!.Value], GlobalEvery = 5 });
        RecordingPipeline said = new RecordingPipeline().Run<GetByokKeyCommand>(
            account.Connection,
            s_nothing,
            [.. account.Server.Store.Workspaces.Select(workspace => new Async.PipedInput(Async.PipedKind.Workspace, new Dictionary<string, object?> { ["Id"] = workspace.Id.ToString() }))]);
        Assert.Equal(20, said.Objects.Count);
        Assert.Equal(20, said.Objects.Cast<ByokKey>().Select(key => key.Id).Distinct().Count());
    }
}
