using System.Net;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class ListingTests
{
    [Fact]
    public async Task A_page_has_50_keys_unless_told()
    {
        await using var api = await RawClient.StartAsync(seed: 120);

        var page = await api.GetAsync("/byok");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        ApiSchema.AssertValid("ListBYOKKeysResponse", page.Body);
        Assert.Equal(50, page.Ids.Count);
        Assert.Equal(120, page.Total);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_together_are_all_keys_in_order_of_creation(bool newestFirst)
    {
        await using var api = await RawClient.StartAsync(seed: 123, new() { Shape = new() { NewestFirst = newestFirst } });
        var ids = new List<string>();

        for (var offset = 0; offset < 123; offset += 10)
        {
            ids.AddRange((await api.GetAsync($"/byok?offset={offset}&limit=10")).Ids);
        }

        var expected = api.Store.Keys.Select(key => key.Id.ToString()).ToList();
        if (newestFirst)
        {
            expected.Reverse();
        }

        Assert.Equal(expected, ids);
    }

    [Fact]
    public async Task A_deletion_shifts_the_pages_after_it()
    {
        await using var api = await RawClient.StartAsync(seed: 30);
        var before = await api.GetAsync("/byok?limit=30");
        Assert.True(api.Store.Remove(Guid.Parse(before.Ids[3])));

        var second = await api.GetAsync("/byok?offset=10&limit=10");

        Assert.Equal(before.Ids.Skip(11).Take(10), second.Ids);
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
    [InlineData("limit=0")]
    [InlineData("limit=101")]
    [InlineData("limit=-1")]
    [InlineData("limit=ten")]
    [InlineData("offset=-1")]
    [InlineData("offset=1.5")]
    [InlineData("offset=")]
    [InlineData("workspace_id=mine")]
    [InlineData("workspace_id=00000000-0000-4000-8000-000000000000")]
    [InlineData("provider=")]
    [InlineData("page=2")]
    public async Task A_query_that_makes_no_sense_answers_400(string query)
    {
        await using var api = await RawClient.StartAsync(seed: 3);

        (await api.GetAsync($"/byok?{query}")).AssertError(400);
    }

    [Fact]
    public async Task The_provider_filter_gives_that_provider_alone()
    {
        await using var api = await RawClient.StartAsync(seed: 80);
        api.Store.Add("amazon-bedrock/claude-on-aws", "bedrock-key-0123456789");

        Assert.Equal(10, (await api.GetAsync("/byok?provider=anthropic")).Total);
        Assert.Equal(1, (await api.GetAsync("/byok?provider=amazon-bedrock%2Fclaude-on-aws")).Total);
        Assert.Equal(0, (await api.GetAsync("/byok?provider=never-heard-of")).Total);
    }

    [Fact]
    public async Task A_workspace_lists_its_own_keys_and_the_global_ones()
    {
        await using var api = await RawClient.StartAsync(seed: 4);
        var team = api.Store.AddWorkspace("Team");
        var own = api.Store.Add("openai", "sk-own-0123456789", with: key => key with { WorkspaceId = team.Id });
        var global = api.Store.Add("openai", "sk-global-0123456789", with: key => key with { WorkspaceId = null });

        Assert.Equal([own.Id.ToString(), global.Id.ToString()], (await api.GetAsync($"/byok?workspace_id={team.Id}")).Ids);
        var inDefault = await api.GetAsync("/byok");
        Assert.Equal(5, inDefault.Total);
        Assert.Contains(global.Id.ToString(), inDefault.Ids);
        Assert.DoesNotContain(own.Id.ToString(), inDefault.Ids);
        ApiSchema.AssertValid("ListBYOKKeysResponse", inDefault.Body);
    }

    [Fact]
    public async Task Without_a_default_workspace_a_listing_must_name_one()
    {
        await using var api = await RawClient.StartAsync(seed: 4);
        var team = api.Store.AddWorkspace("Team");
        Assert.True(api.Store.RemoveWorkspace(api.Store.DefaultWorkspaceId!.Value));

        (await api.GetAsync("/byok")).AssertError(400, "workspace_id");
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync($"/byok?workspace_id={team.Id}")).Status);
    }

    [Fact]
    public async Task Workspaces_are_listed_in_pages()
    {
        await using var api = await RawClient.StartAsync();
        api.Store.AddWorkspace("Team A");
        api.Store.AddWorkspace("Team B");

        var all = await api.GetAsync("/workspaces");
        var last = await api.GetAsync("/workspaces?offset=2&limit=2");

        ApiSchema.AssertValid("ListWorkspacesResponse", all.Body);
        Assert.Equal(3, all.Total);
        Assert.Equal(all.Ids.Skip(2), last.Ids);
        (await api.GetAsync("/workspaces?limit=0")).AssertError(400);
        (await api.GetAsync("/workspaces?provider=openai")).AssertError(400);
    }

    [Fact]
    public void Seeded_keys_are_the_same_in_every_run()
    {
        var options = new SeedOptions { GlobalEvery = 5, NamelessEvery = 7 };
        var first = new SandboxStore().Seed(50, options);
        var second = new SandboxStore().Seed(50, options);

        Assert.Equal(first, second);
        Assert.Equal(10, first.Count(key => key.WorkspaceId is null));
        Assert.Equal(7, first.Count(key => key.Name is null));
        Assert.Equal(50, first.Select(key => key.Id).Distinct().Count());
    }
}
