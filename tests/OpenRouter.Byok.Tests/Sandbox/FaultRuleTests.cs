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
    [InlineData("GET:Status(500)", "EEEEEEEEEE")]
    [InlineData("PATCH:Status(500)", "..........")]
    [InlineData("/offset=[37]/:Status(500)", "...E...E..")]
    public async Task A_rule_picks_its_requests(string rule, string expected)
    {
        await using var api = await RawClient.StartAsync(seed: 3, new() { Faults = [rule] });
        var seen = "";

        for (var offset = 0; offset < 10; offset++)
        {
            seen += (await api.GetAsync($"/byok?offset={offset}")).Status == HttpStatusCode.OK ? '.' : 'E';
        }

        Assert.Equal(expected, seen);
        Assert.Equal(expected.Count(c => c == 'E'), api.Server.Faults.Rules[0].Applied);
    }

    [Fact]
    public async Task Chance_is_repeatable()
    {
        var first = await RunAsync("*:Status(500)~0.3#42");

        Assert.Equal(first, await RunAsync("*:Status(500)~0.3#42"));
        Assert.NotEqual(first, await RunAsync("*:Status(500)~0.3#43"));
        Assert.InRange(first.Count(c => c == 'E'), 15, 45);

        static async Task<string> RunAsync(string rule)
        {
            await using var api = await RawClient.StartAsync(options: new() { Faults = [rule] });
            var seen = "";
            for (var i = 0; i < 100; i++)
            {
                seen += (await api.GetAsync("/byok")).Status == HttpStatusCode.OK ? '.' : 'E';
            }

            return seen;
        }
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

        (await api.PostAsync("""{"provider":"openai","key":"k","name":"a"}""")).AssertError(503);
        (await api.PostAsync("""{"provider":"openai","key":"k","name":"b"}""")).AssertError(500);
        (await api.PostAsync("""{"provider":"openai","key":"k","name":"c"}""")).AssertError(503);
        Assert.Equal(HttpStatusCode.Created, (await api.PostAsync("""{"provider":"openai","key":"k","name":"d"}""")).Status);
        api.Server.Faults.Clear();
        Assert.Equal(HttpStatusCode.Created, (await api.PostAsync("""{"provider":"openai","key":"k","name":"b"}""")).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Create")]
    [InlineData("Create:")]
    [InlineData("Create:Nonsense")]
    [InlineData("create:Hang")]
    [InlineData("Create:Status")]
    [InlineData("Create:Status(many)")]
    [InlineData("Create:Status(500)y3")]
    public void A_rule_that_makes_no_sense_is_refused(string rule) =>
        Assert.Throws<FormatException>(() => FaultSpecification.Parse(rule));
}
