using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class ListTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_together_are_all_keys_in_order_of_creation(bool newestFirst)
    {
        await using var api = await RawClient.StartAsync(seed: 123, new SandboxOptions { Shape = new() { NewestFirst = newestFirst } });
        var ids = (await api.GetAsync("/byok")).AssertValid("ListBYOKKeysResponse").Ids.ToList();
        Assert.Equal(50, ids.Count);

        for (var offset = 50; offset < 123; offset += 10)
        {
            var page = await api.GetAsync($"/byok?offset={offset}&limit=10");
            Assert.Equal(123, page.Total);
            ids.AddRange(page.Ids);
        }

        Assert.Equal(newestFirst ? api.Ids.Reverse() : api.Ids, ids);
    }

    [Fact]
    public async Task A_deletion_shifts_the_pages_after_it()
    {
        await using var api = await RawClient.StartAsync(seed: 30);
        var before = api.Ids;
        Assert.True(api.Store.Remove(before[3]));

        var second = await api.GetAsync("/byok?offset=10&limit=10");

        Assert.Equal(before.Skip(11).Take(10), second.Ids);
        Assert.Equal(29, second.Total);
    }

    [Theory]
    [InlineData("offset=1000")]
    [InlineData("offset=9223372036854775807")]
    public async Task Past_the_end_a_page_is_empty(string query)
    {
        await using var api = await RawClient.StartAsync(seed: 3);

        var page = await api.GetAsync($"/byok?{query}");

        Assert.Empty(page.Ids);
        Assert.Equal(3, page.Total);
    }

    [Theory]
    [InlineData("/byok?limit=0")]
    [InlineData("/byok?limit=101")]
    [InlineData("/byok?limit=ten")]
    [InlineData("/byok?offset=-1")]
    [InlineData("/byok?offset=1.5")]
    [InlineData("/byok?offset=")]
    [InlineData("/byok?workspace_id=mine")]
    [InlineData("/byok?workspace_id=00000000-0000-4000-8000-000000000000")]
    [InlineData("/byok?provider=")]
    [InlineData("/byok?page=2")]
    [InlineData("/workspaces?limit=0")]
    [InlineData("/workspaces?provider=openai")]
    public async Task A_bad_query_returns_400(string path)
    {
        await using var api = await RawClient.StartAsync(seed: 3);

        (await api.GetAsync(path)).AssertError(400);
    }

    [Fact]
    public async Task The_provider_filter_returns_that_provider_alone()
    {
        await using var api = await RawClient.StartAsync(seed: 80);
        api.Store.Add("amazon-bedrock/claude-on-aws", "bedrock-key-0123456789");

        Assert.Equal(10, (await api.GetAsync("/byok?provider=anthropic")).Total);
        Assert.Equal(1, (await api.GetAsync("/byok?provider=amazon-bedrock%2Fclaude-on-aws")).Total);
        Assert.Equal(0, (await api.GetAsync("/byok?provider=never%20heard%20of")).Total);
    }

    [Fact]
    public async Task A_workspace_lists_its_own_keys_and_the_global_ones()
    {
        await using var api = await RawClient.StartAsync(seed: 4);
        var team = api.Store.AddWorkspace("Team");
        var own = api.Store.Add("openai", "sk-own-0123456789", with: key => key with { WorkspaceId = team.Id }).Id;
        var global = api.Store.Add("openai", "sk-global-0123456789", with: key => key with { WorkspaceId = null }).Id;

        Assert.Equal([own, global], (await api.GetAsync($"/byok?workspace_id={team.Id}")).Ids);
        Assert.Equal(api.Ids.Where(id => id != own), (await api.GetAsync("/byok")).AssertValid("ListBYOKKeysResponse").Ids);
    }

    [Fact]
    public async Task Without_a_default_workspace_a_list_must_name_one()
    {
        await using var api = await RawClient.StartAsync(seed: 4);
        var team = api.Store.AddWorkspace("Team");
        Assert.True(api.Store.RemoveWorkspace(api.Store.DefaultWorkspaceId!.Value));

        (await api.GetAsync("/byok")).AssertError(400, "workspace_id");
        (await api.GetAsync($"/byok?workspace_id={team.Id}")).AssertValid("ListBYOKKeysResponse");
    }

    [Fact]
    public async Task Workspaces_are_listed_in_pages()
    {
        await using var api = await RawClient.StartAsync();
        api.Store.AddWorkspace("Team A");
        api.Store.AddWorkspace("Team B");

        var all = (await api.GetAsync("/workspaces")).AssertValid("ListWorkspacesResponse");

        Assert.Equal(3, all.Total);
        Assert.Equal(all.Ids.Skip(2), (await api.GetAsync("/workspaces?offset=2&limit=2")).Ids);
    }

    [Fact]
    public void Seeded_keys_are_the_same_in_every_run()
    {
        var options = new SeedOptions { GlobalEvery = 5, NamelessEvery = 7 };
        var first = new SandboxStore().Seed(50, options);

        Assert.Equal(first, new SandboxStore().Seed(50, options));
        Assert.Equal((10, 7), (first.Count(key => key.WorkspaceId is null), first.Count(key => key.Name is null)));
        Assert.Equal(50, first.Select(key => key.Id).Distinct().Count());
    }
}
