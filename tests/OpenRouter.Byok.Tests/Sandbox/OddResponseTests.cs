using System.Net;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class OddResponseTests
{
    [Fact]
    public async Task A_duplicated_response_answers_the_next_request_on_its_connection()
    {
        await using var api = await RawClient.StartAsync(seed: 3, new() { Faults = ["Get:DuplicatedResponsex1"] });
        Guid[] ids = [.. api.Store.Keys.Select(key => key.Id)];

        Assert.Equal(ids[0], (await api.GetAsync(ids[0])).Id);
        Assert.Equal(ids[0], (await api.GetAsync(ids[1])).Id);
        Assert.Equal(ids[1], (await api.DeleteAsync(ids[2])).Id);

        Assert.Null(api.Store.Find(ids[2]));
        Assert.Single(api.Server.Requests.Select(request => request.Connection).Distinct());
        using var other = api.NewHttp();
        Assert.Contains(ids[1].ToString(), await other.GetStringAsync(new Uri($"{api.Server.BaseUri}/byok/{ids[1]}"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_id_shows_another_key_and_changes_the_right_one()
    {
        await using var api = await RawClient.StartAsync(seed: 2, new() { Faults = ["Get:WrongId", "Update:WrongId", "Create:WrongId"] });
        Guid[] ids = [.. api.Store.Keys.Select(key => key.Id)];

        Assert.Equal(ids[1], (await api.GetAsync(ids[0])).Id);
        Assert.Equal(ids[0], (await api.GetAsync(ids[1])).Id);
        var updated = await api.PatchAsync(ids[0], """{"name":"changed"}""");
        Assert.Equal((ids[1], "changed"), (updated.Id, api.Store.Find(ids[0])!.Name));
        var created = await api.PostAsync("""{"provider":"groq","key":"sk-0123456789"}""");
        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.Equal((ids[0], 3), (created.Id, api.Store.Count));
    }

    [Fact]
    public async Task A_page_can_be_capped_at_one_record_without_a_count()
    {
        await using var api = await RawClient.StartAsync(seed: 3, new() { Faults = ["*:PageOf(1)&WithoutField(total_count)"] });

        var page = await api.GetAsync("/byok?offset=1&limit=100");

        Assert.Equal([api.Store.Keys[1].Id.ToString()], page.Ids);
        Assert.False(page.Json.TryGetProperty("total_count", out _));
        Assert.Single((await api.GetAsync("/workspaces")).Ids);
    }

    [Theory]
    [InlineData("List:MovedToEndx1", "1,2,3,0")]
    [InlineData("List:MovedToStartx1", "3,0,1,2")]
    [InlineData("Update:MovedToEnd", "0,2,3,1")]
    [InlineData("Update:MovedToStart", "1,0,2,3")]
    public async Task A_record_moves_in_the_list_order(string rule, string order)
    {
        await using var api = await RawClient.StartAsync(seed: 4, new() { Faults = [rule] });
        var ids = api.Store.Keys.Select(key => key.Id.ToString()).ToList();

        if (rule.StartsWith("List", StringComparison.Ordinal))
        {
            Assert.Equal(ids, (await api.GetAsync("/byok")).Ids);
        }

        await api.PatchAsync(Guid.Parse(ids[1]), """{"disabled":false}""");

        var expected = order.Split(',').Select(place => ids[int.Parse(place, System.Globalization.CultureInfo.InvariantCulture)]).ToList();
        Assert.Equal(expected, (await api.GetAsync("/byok")).Ids);
        Assert.Equal(expected, api.Store.Keys.Select(key => key.Id.ToString()));
        Assert.True(api.Store.Remove(Guid.Parse(ids[1])));
        Assert.Equal(expected.Where(id => id != ids[1]), (await api.GetAsync("/byok")).Ids);
    }

    [Theory]
    [InlineData("FieldValue(total_count,1.0)", "total_count", "1.0")]
    [InlineData("FieldValue(total_count,1e30)", "total_count", "1e30")]
    [InlineData("FieldValue(total_count,'\"1\"')", "total_count", "\"1\"")]
    [InlineData("FieldValue(total_count,2305843009213693952)", "total_count", "2305843009213693952")]
    [InlineData("FieldValue(sort_order,3000000000)", "sort_order", "3000000000")]
    public async Task A_field_can_have_any_value(string fault, string field, string value)
    {
        await using var api = await RawClient.StartAsync(seed: 2, new() { Faults = [$"List:{fault}"] });

        var page = (await api.GetAsync("/byok")).Json;

        Assert.Equal(value, (field == "total_count" ? page : page.GetProperty("data")[1]).GetProperty(field).GetRawText());
    }

    [Fact]
    public async Task A_count_can_lag_behind()
    {
        await using var api = await RawClient.StartAsync(seed: 2, new() { Faults = ["List:LaggingTotal(1)"] });
        var totals = new List<int>();

        for (var i = 0; i < 3; i++)
        {
            totals.Add((await api.GetAsync("/byok")).Total);
            api.Store.Add("openai", "sk-0123456789");
        }

        Assert.Equal([2, 2, 3], totals);
    }

    [Theory]
    [InlineData("Status(101)")]
    [InlineData("StatusAfterCommit(101)")]
    [InlineData("StatusAfterCommit(303)")]
    [InlineData("StatusAfterCommit(499)")]
    [InlineData("StatusAfterCommit(524)")]
    public async Task An_odd_status_arrives_as_it_is(string fault)
    {
        await using var api = await RawClient.StartAsync(options: new() { Faults = [$"*:{fault}"] });

        var answer = await api.PostAsync("""{"provider":"openai","key":"k"}""");

        Assert.Equal(fault, $"{(fault.Contains("After", StringComparison.Ordinal) ? "StatusAfterCommit" : "Status")}({(int)answer.Status})");
    }

    [Theory]
    [InlineData("LateCommit(1)&ListLag(1)")]
    [InlineData("Status(500)&Hang")]
    [InlineData("FieldValue(total_count)")]
    public void Faults_that_cannot_be_combined_are_refused(string fault) =>
        Assert.Throws<FormatException>(() => FaultSpecification.Parse($"*:{fault}"));
}
