using System.Net;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class LateEffectTests
{
    private const string Body = """{"provider":"openai","key":"sk-0123456789-AbCd"}""";

    [Theory]
    [InlineData("LateCommit(3000)&StatusAfterCommit(502)", 0)]
    [InlineData("ListLag(3000)&StatusAfterCommit(502)", 1)]
    public async Task A_late_create_appears_when_its_time_has_come(string fault, int stored)
    {
        var clock = new SettableClock();
        await using var api = await RawClient.StartAsync(options: new() { Time = clock, Faults = [$"Create:{fault}x1"] });

        (await api.PostAsync(Body)).AssertError(502);
        clock.Now += TimeSpan.FromMilliseconds(2999);
        Assert.Equal(0, (await api.GetAsync("/byok")).Total);
        Assert.Equal(stored, api.Store.Count);
        clock.Now += TimeSpan.FromMilliseconds(1);

        var page = await api.GetAsync("/byok");
        Assert.Equal([Assert.Single(api.Store.Keys).Id.ToString()], page.Ids);
        Assert.Equal(0, api.Store.Pending);
    }

    [Theory]
    [InlineData("LateCommitAfterLists(2)", 0)]
    [InlineData("ListLagAfterLists(2)", 1)]
    public async Task A_late_create_appears_after_so_many_lists(string fault, int stored)
    {
        await using var api = await RawClient.StartAsync(options: new() { Faults = [$"Create:{fault}x1"] });

        var created = await api.PostAsync(Body);

        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.Equal(stored, api.Store.Count);
        Assert.Empty((await api.GetAsync("/byok?provider=openai")).Ids);
        (await api.GetAsync(created.Id)).AssertError(404);
        Assert.Empty((await api.GetAsync("/byok")).Ids);
        Assert.Equal([created.Id.ToString()], (await api.GetAsync("/byok")).Ids);
        Assert.Equal(created.Body, (await api.GetAsync(created.Id)).Body);
    }

    [Fact]
    public async Task Late_updates_and_deletes_show_the_old_state_first()
    {
        await using var api = await RawClient.StartAsync(seed: 2, new()
        {
            Faults = ["Update:LateCommitAfterLists(1)x1", "Update:ListLagAfterLists(1)x1", "Delete:ListLagAfterLists(1)x1", "Delete:LateCommitAfterLists(1)x1"],
        });
        Guid[] ids = [.. api.Store.Keys.Select(key => key.Id)];

        Assert.True((await api.PatchAsync(ids[0], """{"disabled":true}""")).Field("disabled").GetBoolean());
        Assert.False(api.Store.Find(ids[0])!.Disabled);
        Assert.True((await api.PatchAsync(ids[1], """{"disabled":true}""")).Field("disabled").GetBoolean());
        Assert.True(api.Store.Find(ids[1])!.Disabled);
        Assert.All((await api.GetAsync("/byok")).Json.GetProperty("data").EnumerateArray(), key => Assert.False(key.GetProperty("disabled").GetBoolean()));
        Assert.All((await api.GetAsync("/byok")).Json.GetProperty("data").EnumerateArray(), key => Assert.True(key.GetProperty("disabled").GetBoolean()));

        Assert.Equal(HttpStatusCode.OK, (await api.DeleteAsync(ids[0])).Status);
        Assert.Equal(HttpStatusCode.OK, (await api.DeleteAsync(ids[1])).Status);
        Assert.Equal([ids[1]], api.Store.Keys.Select(key => key.Id));
        Assert.Equal(2, (await api.GetAsync("/byok")).Total);
        Assert.Equal(0, (await api.GetAsync("/byok")).Total);
        Assert.Equal(2, api.Store.Deleted.Count);
    }

    [Fact]
    public async Task Pending_effects_can_be_applied_at_once()
    {
        await using var api = await RawClient.StartAsync(options: new() { Faults = ["Create:LateCommit(3600000)"] });
        await api.PostAsync(Body);
        Assert.Equal((1, 0), (api.Store.Pending, api.Store.Count));

        api.Store.ApplyPending();

        Assert.Equal((0, 1), (api.Store.Pending, (await api.GetAsync("/byok")).Total));
    }
}
