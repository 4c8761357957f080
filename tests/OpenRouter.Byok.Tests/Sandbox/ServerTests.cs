using System.Net;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Reliability;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class ServerTests
{
    private const string Body = """{"provider":"openai","key":"sk-secret-0123456789"}""";

    [Fact]
    public async Task Latency_delays_a_request_before_it_is_processed()
    {
        var clock = new CountingTime();
        await using var api = await RawClient.StartAsync(options: new() { Time = clock, Latency = TimeSpan.FromMilliseconds(100) });
        api.Server.LatencyJitter = TimeSpan.FromMilliseconds(10);

        var delayed = api.PostAsync(Body);
        await Wait.UntilAsync(() => clock.Timers == 1);

        Assert.InRange(clock.UntilNext!.Value.TotalMilliseconds, 100, 110);
        Assert.Equal(0, api.Store.Count);
        clock.Advance(TimeSpan.FromMilliseconds(110));
        (await delayed).AssertValid("CreateBYOKKeyResponse");
    }

    [Fact]
    public async Task A_request_that_arrived_is_processed_although_the_client_left()
    {
        await using var api = await RawClient.StartAsync();
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        api.Server.OnRequest = async _ =>
        {
            await impatience.CancelAsync();
            await left.Task;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => api.SendAsync(HttpMethod.Post, "/byok", Body, cancellation: impatience.Token));
        Assert.Equal(0, api.Store.Count);
        left.SetResult();

        await Wait.UntilAsync(() => api.Store.Count == 1);
    }

    [Fact]
    public async Task A_rate_limit_admits_its_burst_and_then_one_request_at_a_time()
    {
        var clock = new CountingTime();
        await using var api = await RawClient.StartAsync(options: new() { Time = clock, RateLimit = new(5) });

        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => api.GetAsync("/byok")));
        clock.Advance(TimeSpan.FromMilliseconds(200));

        (await api.GetAsync("/byok")).AssertValid("ListBYOKKeysResponse");
        var refused = responses.Where(response => response.Status != HttpStatusCode.OK).ToList();
        Assert.Equal(3, refused.Count);
        refused[0].AssertError(429);
        Assert.Equal(TimeSpan.FromSeconds(1), refused[0].Headers.RetryAfter!.Delta);
    }

    [Theory]
    [InlineData("*:Status(500)", 500)]
    [InlineData("*:Redirect('/x',307)", 307)]
    [InlineData("*:HtmlPage(502)", 502)]
    [InlineData("Create:LyingTotal", 400)]
    public async Task A_hostile_server_repeats_the_secrets_it_received(string fault, int status)
    {
        await using var api = await RawClient.StartAsync(fault: fault, options: new() { Shape = new() { EchoRequest = true } });

        var response = await api.PostAsync("""{"provider":"openai","key":"sk-secret-0123456789","bad":1}""");

        Assert.Equal(status, (int)response.Status);
        var location = response.Headers.Location?.OriginalString;
        var header = response.Headers.TryGetValues("X-Request-Echo", out var echo) ? echo.Single() : null;
        foreach (var text in new[] { response.Body, location is null ? null : Uri.UnescapeDataString(location), header }.OfType<string>())
        {
            Assert.Contains("sk-secret-0123456789", text, StringComparison.Ordinal);
            Assert.Contains(api.Server.ManagementKey, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Reset_is_back_to_the_start_and_seeded_keys_are_always_the_same()
    {
        await using var api = await RawClient.StartAsync(5, "Delete:Status(500)x1");
        var before = api.Store.Keys;
        api.Server.Latency = TimeSpan.FromMilliseconds(5);
        api.Server.Shape = new() { EchoRequest = true };
        (await api.DeleteAsync(before[0].Id)).AssertError(500);
        await api.DeleteAsync(before[0].Id);

        api.Server.Reset();

        Assert.Equal(before, api.Store.Keys);
        Assert.Empty(api.Server.Requests);
        Assert.Equal((TimeSpan.Zero, false), (api.Server.Latency, api.Server.Shape.EchoRequest));
        (await api.DeleteAsync(before[0].Id)).AssertError(500);
    }
}
