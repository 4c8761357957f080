using System.Net;
using System.Text.RegularExpressions;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class FaultRuleTests
{
    [Theory]
    [InlineData("*:Status(500)x3", "EEE.......")]
    [InlineData("*:Status(500)%3", "..E..E..E.")]
    [InlineData("*:Status(500)+2x1", "..E.......")]
    [InlineData("*:Status(500)+1%2x2", "..E.E.....")]
    [InlineData("Create:Status(500)", "..........")]
    [InlineData("List:Status(500)", "EEEEEEEEEE")]
    [InlineData("/offset=[37]/:Status(500)", "...E...E..")]
    public async Task A_rule_picks_its_requests(string rule, string expected)
    {
        await using var api = await RawClient.StartAsync(3, rule);

        Assert.Equal(expected, await SeenAsync(api, 10));
    }

    [Fact]
    public async Task Chance_is_repeatable()
    {
        var seen = new List<string>();
        foreach (var rule in new[] { "*:Status(500)~0.3#42", "*:Status(500)~0.3#42", "*:Status(500)~0.3#43" })
        {
            await using var api = await RawClient.StartAsync(0, rule);
            seen.Add(await SeenAsync(api, 100));
        }

        Assert.Equal(seen[0], seen[1]);
        Assert.NotEqual(seen[0], seen[2]);
        Assert.InRange(seen[0].Count(c => c == 'E'), 15, 45);
    }

    [Fact]
    public async Task The_first_rule_that_applies_decides_and_a_predicate_sees_the_body()
    {
        await using var api = await RawClient.StartAsync();
        api.Server.Faults.Add(new FaultRule(Faults.Status(500))
        {
            Operation = ApiOperation.Create,
            Path = new Regex("/byok$"),
            Predicate = request => request.Body.Contains("\"b\"", StringComparison.Ordinal),
        });
        api.Server.Faults.Add(Faults.Status(503), ApiOperation.Create, times: 2);

        var statuses = new List<int>();
        foreach (var name in "abcd")
        {
            statuses.Add((int)(await api.PostAsync($$"""{"provider":"openai","key":"k","name":"{{name}}"}""")).Status);
        }

        Assert.Equal([503, 500, 503, 201], statuses);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Create:")]
    [InlineData("Create:Nonsense")]
    [InlineData("Create:ToString")]
    [InlineData("create:Hang")]
    [InlineData("Create:Status")]
    [InlineData("Create:Status(many)")]
    [InlineData("Create:Hang(1)")]
    [InlineData("Create:Status(500)y3")]
    [InlineData("List:FieldValue(total_count)")]
    [InlineData("Create:LateCommit(1)&ListLag(1)")]
    [InlineData("Create:Status(500)&Hang")]
    public void A_rule_that_makes_no_sense_is_refused(string rule) => Assert.Throws<FormatException>(() => FaultSpecification.Parse(rule));

    [Fact]
    public void The_name_of_each_fault_is_its_text_in_a_rule()
    {
        Assert.Equal(Faults.All.Count, Faults.All.Select(fault => fault.Name).Distinct().Count());
        Assert.All(Faults.All, fault =>
        {
            var parsed = FaultSpecification.Parse($"*:{fault.Name}").Fault;
            Assert.Equal((fault.Name, fault.Description), (parsed.Name, parsed.Description));
        });
    }

    private static async Task<string> SeenAsync(RawClient api, int requests)
    {
        var seen = "";
        for (var offset = 0; offset < requests; offset++)
        {
            seen += (await api.GetAsync($"/byok?offset={offset}")).Status == HttpStatusCode.OK ? '.' : 'E';
        }

        return seen;
    }
}
