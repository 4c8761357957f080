using System.Net;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class FaultOverHttp2Tests
{
    public static TheoryData<string> Names => FaultTests.Names;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_fault_strikes_over_http_2_too(string name)
    {
        await using var api = await RawClient.StartAsync(seed: 3, new() { Https = true });
        var rule = api.Server.Faults.Add($"List:{name}x1");
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        impatience.CancelAfter(rule.Fault.Stalls ? 300 : 10_000);

        try
        {
            await api.SendAsync(HttpMethod.Get, "/byok", version: HttpVersion.Version20, cancellation: impatience.Token);
        }
        catch (Exception gone) when (gone is HttpRequestException or OperationCanceledException)
        {
            Assert.True(rule.Fault.Stalls || !impatience.IsCancellationRequested, $"{name} stalls, unannounced");
        }

        Assert.Equal(1, rule.Applied);
        Assert.Equal("HTTP/2", api.Server.Requests[0].Protocol);
        var after = await api.SendAsync(HttpMethod.Get, "/byok", version: HttpVersion.Version20);
        Assert.Equal(HttpStatusCode.OK, after.Status);
    }
}
