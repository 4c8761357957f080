using System.Diagnostics;
using System.Net;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class ServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_are_logged_as_they_came()
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        var id = api.Store.Keys[0].Id;

        await api.GetAsync("/byok?provider=a%2Fb&limit=5");
        await api.PatchAsync(id, """{"name":"ü"}""");

        var list = api.Server.Requests[0];
        Assert.Equal(
            (1L, ApiOperation.List, "GET", "/api/v1/byok?provider=a%2Fb&limit=5", "a/b", "", true, 200),
            (list.Sequence, list.Operation, list.Method, list.Target, list.QueryValue("provider"), list.Body, list.BodyReceived, list.Status));
        Assert.Equal($"Bearer {api.Server.ManagementKey}", list.Header("authorization"));
        var update = Assert.Single(api.Server.Requests.Of(ApiOperation.Update));
        Assert.Equal(("""{"name":"ü"}""", id.ToString(), true), (update.Body, update.Id, update.BodyReceived));
        Assert.Equal(list.Connection, update.Connection);
    }

    [Fact]
    public async Task The_log_can_be_switched_off()
    {
        await using var api = await RawClient.StartAsync(seed: 1, new() { LogRequests = false });

        Assert.Equal(HttpStatusCode.OK, (await api.PatchAsync(api.Store.Keys[0].Id, """{"name":"n"}""")).Status);

        Assert.Empty(api.Server.Requests);
    }

    [Fact]
    public async Task A_hook_can_change_the_store_between_two_pages()
    {
        await using var api = await RawClient.StartAsync(seed: 20);
        var ids = api.Store.Keys.Select(key => key.Id.ToString()).ToList();
        api.Server.OnRequest = request =>
        {
            if (request.Sequence == 2)
            {
                api.Store.Remove(api.Store.Keys[0].Id);
            }

            return Task.CompletedTask;
        };

        Assert.Equal(ids[..10], (await api.GetAsync("/byok?offset=0&limit=10")).Ids);
        Assert.Equal(ids[11..], (await api.GetAsync("/byok?offset=10&limit=10")).Ids);
    }

    [Fact]
    public async Task Latency_is_added_and_changes_while_the_server_runs()
    {
        await using var api = await RawClient.StartAsync(options: new() { Latency = TimeSpan.FromHours(1) });
        api.Server.Latency = TimeSpan.FromMilliseconds(100);
        api.Server.LatencyJitter = TimeSpan.FromMilliseconds(1);
        var watch = Stopwatch.StartNew();
        await api.GetAsync("/byok");

        // That it ends shows the change: nobody waits for an hour. A timer may fire a little early.
        Assert.True(watch.ElapsedMilliseconds >= 50, $"took {watch.Elapsed}");
    }

    [Fact]
    public async Task A_request_that_arrived_is_carried_out_though_the_client_left()
    {
        await using var api = await RawClient.StartAsync();
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        api.Server.OnRequest = async _ =>
        {
            // The client leaves when its request is here, and it is not carried out before the client has left.
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

        Assert.Equal(6, api.Server.MaxConcurrent);
        Assert.Equal(6, api.Server.TotalConnections);
        await Wait.UntilAsync(() => api.Server.Concurrent == 0);
    }

    [Fact]
    public async Task A_rate_limit_admits_its_burst_and_tells_when_to_come_again()
    {
        await using var api = await RawClient.StartAsync(
            options: new() { RateLimit = new(5) });
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => api.GetAsync("/byok")));

        var refused = answers.Where(answer => answer.Status == HttpStatusCode.TooManyRequests).ToList();
        Assert.InRange(refused.Count, 5, 25);
        Assert.Equal(refused.Count, api.Server.Refused);
        refused[0].AssertError(429);
        Assert.Equal(TimeSpan.FromSeconds(1), refused[0].Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task Answers_can_have_more_and_fewer_fields_than_promised()
    {
        await using var api = await RawClient.StartAsync(seed: 2);
        api.Server.Shape = new()
        {
            ExtraFields = new Dictionary<string, string> { ["brand_new"] = """{"a":[1]}""" },
            LeftOutFields = new HashSet<string> { "declared_zdr", "total_count" },
        };

        var page = (await api.GetAsync("/byok")).Json;

        Assert.False(page.TryGetProperty("total_count", out _));
        Assert.Equal("""{"a":[1]}""", page.GetProperty("brand_new").GetRawText());
        var key = page.GetProperty("data")[1];
        Assert.Equal("""{"a":[1]}""", key.GetProperty("brand_new").GetRawText());
        Assert.False(key.TryGetProperty("declared_zdr", out _));
        Assert.True((await api.GetAsync(api.Store.Keys[0].Id)).Field("brand_new").TryGetProperty("a", out _));
    }

    [Fact]
    public async Task A_page_can_be_anything()
    {
        await using var api = await RawClient.StartAsync(seed: 2);
        api.Server.Shape = new() { PagePayload = request => request.QueryValue("offset") == "7" ? "[]" : null };

        Assert.Equal("[]", (await api.GetAsync("/byok?offset=7")).Body);
        Assert.Equal(2, (await api.GetAsync("/byok")).Total);
    }

    [Fact]
    public async Task A_hostile_server_repeats_the_secrets_it_was_sent()
    {
        await using var api = await RawClient.StartAsync(options: new() { Shape = new() { EchoRequest = true } });
        api.Server.Faults.Add("Create:Status(500)x1");
        api.Server.Faults.Add("Create:Redirect('/x',307)x1");
        const string Body = """{"provider":"openai","key":"sk-secret-0123456789","bad":1}""";

        foreach (var status in new[] { 500, 307, 400 })
        {
            var answer = await api.PostAsync(Body);
            Assert.Equal(status, (int)answer.Status);
            Assert.Contains("sk-secret-0123456789", answer.Message, StringComparison.Ordinal);
            Assert.Contains(api.Server.ManagementKey, answer.Message, StringComparison.Ordinal);
            Assert.Contains("sk-secret-0123456789", answer.Headers.GetValues("X-Request-Echo").Single(), StringComparison.Ordinal);
            if (status == 307)
            {
                Assert.Contains("sk-secret-0123456789", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Https_serves_both_versions_of_http(string version)
    {
        await using var api = await RawClient.StartAsync(seed: 1, new() { Https = true });

        var answer = await api.SendAsync(HttpMethod.Get, "/byok", version: Version.Parse(version));

        Assert.Equal("https", api.Server.BaseUri.Scheme);
        Assert.NotNull(api.Server.Certificate);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(version == "1.1" ? "HTTP/1.1" : "HTTP/2", api.Server.Requests[0].Protocol);
    }

    [Fact]
    public async Task A_certificate_that_was_not_trusted_is_refused()
    {
        await using var api = await RawClient.StartAsync(options: new() { Https = true });
        using var http = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(api.Server.BaseUri, Cancellation));
    }

    [Fact]
    public async Task The_store_holds_together_under_concurrent_changes()
    {
        await using var api = await RawClient.StartAsync(seed: 200);
        var seeded = api.Store.Keys;
        await api.GetAsync("/byok?provider=openai");

        var deletes = seeded.Take(100).Select(key => api.DeleteAsync(key.Id));
        var updates = seeded.Skip(100).Select(key => api.PatchAsync(key.Id, """{"disabled":true}"""));
        var creates = Enumerable.Range(0, 50).Select(_ => api.PostAsync("""{"provider":"openai","key":"k"}"""));
        await Task.WhenAll([.. deletes, .. updates, .. creates]);

        Assert.Equal(150, (await api.GetAsync("/byok")).Total);
        Assert.Equal(100, api.Store.Keys.Count(key => key.Disabled && key.Changes == 1));
        Assert.Equal(
            api.Store.Keys.Where(key => key.Provider == "openai").Select(key => key.Id.ToString()),
            (await api.GetAsync("/byok?provider=openai&limit=100")).Ids);
    }

    [Fact]
    public async Task Reset_is_back_to_the_start()
    {
        await using var api = await RawClient.StartAsync(seed: 5, new() { Faults = ["Delete:Status(500)x1"] });
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
