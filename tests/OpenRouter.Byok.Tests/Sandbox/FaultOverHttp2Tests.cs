using System.Net;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class FaultOverHttp2Tests
{
    public static TheoryData<string> Names => FaultTests.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_fault_strikes_over_http_2_too(string name)
    {
        await using var api = await RawClient.StartAsync(seed: 3, new() { Https = true });
        var rule = api.Server.Faults.Add($"List:{name}x1");

        await api.SufferAsync(rule, HttpMethod.Get, "/byok", version: HttpVersion.Version20);

        Assert.Equal(1, rule.Applied);
        Assert.Equal("HTTP/2", api.Server.Requests[0].Protocol);
        Assert.Equal(HttpStatusCode.OK, (await AfterAsync()).Status);

        async Task<Answer> AfterAsync()
        {
            try
            {
                return await api.SendAsync(HttpMethod.Get, "/byok", version: HttpVersion.Version20);
            }
            catch (HttpRequestException)
            {
                // Still on the connection that the fault broke; the next request gets a new one.
                return await api.SendAsync(HttpMethod.Get, "/byok", version: HttpVersion.Version20);
            }
        }
    }
}
