using System.Net;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Reliability;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class ServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_are_logged_as_they_came()
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        var id = api.Ids[0];

        await api.GetAsync("/byok?provider=a%2Fb&limit=5");
        await api.PatchAsync(id, """{"name":"ü"}""");

        var list = api.Server.Requests[0];
        Assert.Equal(
            (1L, ApiOperation.List, "GET", "/api/v1/byok?provider=a%2Fb&limit=5", "a/b", "", true, 200),
            (list.Sequence, list.Operation, list.Method, list.Target, list.QueryValue("provider"), list.Body, list.BodyReceived, list.Status));
        Assert.Equal($"Bearer {api.Server.ManagementKey}", list.Header("authorization"));
        var update = Assert.Single(api.Server.Requests.Of(ApiOperation.Update));
        Assert.Equal(("""{"name":"ü"}""", id.ToString(), list.Connection), (update.Body, update.Id, update.Connection));
    }

    [Fact]
    public async Task The_log_can_be_turned_off()
    {
        await using var api = await RawClient.StartAsync(seed: 1, new SandboxOptions { LogRequests = false });

        (await api.PatchAsync(api.Ids[0], """{"name":"n"}""")).AssertValid("UpdateBYOKKeyResponse");

        Assert.Empty(api.Server.Requests);
    }

    [Fact]
    public async Task Latency_delays_a_request_before_it_is_carried_out()
    {
        var clock = new CountingTime();
        await using var api = await RawClient.StartAsync(options: new() { Time = clock, Latency = TimeSpan.FromHours(1) });
        api.Server.Latency = TimeSpan.FromMilliseconds(100);
        api.Server.LatencyJitter = TimeSpan.FromMilliseconds(10);

        var delayed = api.PostAsync("""{"provider":"openai","key":"k"}""");
        await Wait.UntilAsync(() => clock.Timers == 1);

        Assert.InRange(clock.UntilNext!.Value.TotalMilliseconds, 100, 110);
        Assert.Equal(0, api.Store.Count);
        clock.Advance(TimeSpan.FromMilliseconds(110));
        (await delayed).AssertValid("CreateBYOKKeyResponse");
    }

    [Fact]
    public async Task A_request_that_arrived_is_carried_out_though_the_client_left()
    {
        await using var api = await RawClient.StartAsync();
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        api.Server.OnRequest = async _ =>
        {
            await impatience.CancelAsync();
            await left.Task;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => api.SendAsync(
            HttpMethod.Post, "/byok", """{"provider":"openai","key":"k"}""", cancellation: impatience.Token));
        Assert.Equal(0, api.Store.Count);
        left.SetResult();

        await Wait.UntilAsync(() => api.Store.Count == 1);
    }

    [Fact]
    public async Task Concurrency_and_connections_are_observed()
    {
        await using var api = await RawClient.StartAsync();
        var together = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        api.Server.OnRequest = _ =>
        {
            if (api.Server.Concurrent == 6)
            {
                together.TrySetResult();
            }

            return together.Task;
        };

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => api.GetAsync("/byok")));

        Assert.Equal((6, 6), (api.Server.MaxConcurrent, api.Server.TotalConnections));
        await Wait.UntilAsync(() => api.Server.Concurrent == 0);
    }

    [Fact]
    public async Task A_server_stops_at_once_whatever_hangs()
    {
        await using var api = await RawClient.StartAsync(0, "*:Hang");
        var hanging = api.GetAsync("/byok");
        await Wait.UntilAsync(() => api.Server.Concurrent == 1);

        await api.Server.DisposeAsync();

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => hanging);
    }

    [Fact]
    public async Task A_rate_limit_admits_its_burst_and_then_one_request_at_a_time()
    {
        var clock = new CountingTime();
        await using var api = await RawClient.StartAsync(options: new() { Time = clock, RateLimit = new(5) });

        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => api.GetAsync("/byok")));
        clock.Advance(TimeSpan.FromMilliseconds(200));

        (await api.GetAsync("/byok")).AssertValid("ListBYOKKeysResponse");
        var refused = responses.Where(response => response.Status == HttpStatusCode.TooManyRequests).ToList();
        Assert.Equal((3, 3), (refused.Count, api.Server.Refused));
        refused[0].AssertError(429);
        Assert.Equal(TimeSpan.FromSeconds(1), refused[0].Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task Responses_can_have_more_and_fewer_fields_than_promised()
    {
        await using var api = await RawClient.StartAsync(seed: 2);
        api.Server.Shape = new()
        {
            ExtraFields = new Dictionary<string, string> { ["brand_new"] = """{"a":[1]}""" },
            LeftOutFields = new HashSet<string> { "declared_zdr", "total_count" },
        };

        var page = (await api.GetAsync("/byok")).Json;

        var key = page.GetProperty("data")[1];
        Assert.Equal("""{"a":[1]}""", page.GetProperty("brand_new").GetRawText());
        Assert.Equal("""{"a":[1]}""", key.GetProperty("brand_new").GetRawText());
        Assert.Equal("""{"a":[1]}""", (await api.GetAsync(api.Ids[0]))["brand_new"]);
        Assert.False(page.TryGetProperty("total_count", out _) || key.TryGetProperty("declared_zdr", out _));
    }

    [Fact]
    public async Task A_hostile_server_repeats_the_secrets_it_received()
    {
        await using var api = await RawClient.StartAsync(
            options: new() { Shape = new() { EchoRequest = true }, Faults = ["Create:Status(500)x1", "Create:Redirect('/x',307)x1"] });

        foreach (var status in new[] { 500, 307, 400 })
        {
            var response = await api.PostAsync("""{"provider":"openai","key":"sk-secret-0123456789","bad":1}""");
            Assert.Equal(status, (int)response.Status);
            Assert.All(
                [response.Message, response.Headers.GetValues("X-Request-Echo").Single(), Uri.UnescapeDataString(response.Headers.Location?.OriginalString ?? response.Message)],
                text => Assert.True(text.Contains("sk-secret-0123456789", StringComparison.Ordinal) && text.Contains(api.Server.ManagementKey, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task Https_needs_a_client_that_trusts_its_certificate()
    {
        await using var api = await RawClient.StartAsync(options: new() { Https = true });
        using var stranger = new HttpClient();

        (await api.GetAsync("/byok")).AssertValid("ListBYOKKeysResponse");
        await Assert.ThrowsAsync<HttpRequestException>(() => stranger.GetAsync(api.Server.BaseUri, Cancellation));
    }

    [Fact]
    public async Task The_store_holds_together_under_concurrent_changes()
    {
        await using var api = await RawClient.StartAsync(seed: 200);
        var seeded = api.Ids;

        var deletes = seeded.Take(100).Select(api.DeleteAsync);
        var updates = seeded.Skip(100).Select(id => api.PatchAsync(id, """{"disabled":true}"""));
        var creates = Enumerable.Range(0, 50).Select(_ => api.PostAsync("""{"provider":"openai","key":"k"}"""));
        await Task.WhenAll([.. deletes, .. updates, .. creates]);

        Assert.Equal(150, (await api.GetAsync("/byok")).Total);
        Assert.Equal(100, api.Store.Keys.Count(key => key.Disabled && key.Changes == 1));
        Assert.Equal(api.Store.List(provider: "openai").Select(key => key.Id), (await api.GetAsync("/byok?provider=openai&limit=100")).Ids);
    }

    [Fact]
    public async Task Reset_is_back_to_the_start()
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
