using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Core;

public sealed class ListingTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(457)]
    public async Task Every_key_comes_out_once_in_the_servers_order(int count)
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(count);
        List<ByokKey> keys = await account.Client.ListKeysAsync(cancellationToken: Stop).ToListAsync(Stop);
        Assert.Equal(account.Server.Store.Keys.Select(key => key.Id.ToString()), keys.Select(key => key.Id));
    }

    [Fact]
    public async Task The_filter_is_the_servers()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        Guid team = account.Server.Store.AddWorkspace("Team").Id;
        account.Server.Store.Seed(40, new SeedOptions { WorkspaceIds = [team] });
        List<ByokKey> keys = await account.Client.ListKeysAsync(
            new ListByokKeysRequest { Provider = "amazon-bedrock", WorkspaceId = team.ToString() }, cancellationToken: Stop).ToListAsync(Stop);
        Assert.Equal(5, keys.Count);
        Assert.All(keys, key => Assert.Equal(("amazon-bedrock", team.ToString()), (key.Provider, key.WorkspaceId)));
        ReceivedRequest request = account.Sent(ApiOperation.List);
        Assert.Equal("amazon-bedrock", request.QueryValue("provider"));
        Assert.Equal(team.ToString(), request.QueryValue("workspace_id"));
    }

    [Fact]
    public async Task A_provider_with_a_slash_or_an_unknown_one_is_asked_for_as_it_is()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        account.Server.Store.Add("amazon-bedrock/claude-on-aws", "sk-abcdefghijkl");
        account.Server.Store.Add("not-listed-yet & co?#%", "sk-abcdefghijkl");
        foreach (string provider in new[] { "amazon-bedrock/claude-on-aws", "not-listed-yet & co?#%" })
        {
            ByokKey key = await account.Client.ListKeysAsync(new ListByokKeysRequest { Provider = provider }, cancellationToken: Stop).SingleAsync(Stop);
            Assert.Equal(provider, key.Provider);
        }
    }

    [Fact]
    public async Task Only_the_part_that_is_wanted_is_asked_for()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(500);
        List<ByokKey> keys = await account.Client.ListKeysAsync(new ListByokKeysRequest { Skip = 7, First = 5 }, cancellationToken: Stop).ToListAsync(Stop);
        Assert.Equal(account.Server.Store.Keys.Skip(7).Take(5).Select(key => key.Id.ToString()), keys.Select(key => key.Id));
        ReceivedRequest request = account.Sent(ApiOperation.List);
        Assert.Equal(("7", "5"), (request.QueryValue("offset"), request.QueryValue("limit")));
    }

    [Fact]
    public async Task The_first_keys_come_while_later_pages_are_still_missing()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(500);
        account.Server.Faults.Add(@"/offset=[1-9]/:Hang");
        var given = new List<ByokKey>();
        await foreach (ByokKey key in account.Client.ListKeysAsync(cancellationToken: Stop))
        {
            given.Add(key);
            if (given.Count == 100)
            {
                break;
            }
        }

        Assert.Equal(100, given.Count);
    }

    [Fact]
    public async Task Workspaces_come_with_all_their_fields()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        Guid team = account.Server.Store.AddWorkspace("Team Blue").Id;
        List<ByokWorkspace> workspaces = await account.Client.ListWorkspacesAsync(cancellationToken: Stop).ToListAsync(Stop);
        Assert.Equal(["Default", "Team Blue"], workspaces.Select(workspace => workspace.Name));
        ByokWorkspace blue = workspaces[1];
        Assert.Equal((team.ToString(), "team-blue"), (blue.Id, blue.Slug));
        Assert.Equal(blue.CreatedAt!.Value.ToLocalTime().Offset, blue.CreatedAt.Value.Offset);
        Assert.Null(blue.AdditionalProperties);
        Assert.Equal($"Team Blue ({team})", blue.ToString());
    }
}
