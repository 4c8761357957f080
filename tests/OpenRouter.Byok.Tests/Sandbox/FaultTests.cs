using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Reliability;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class FaultTests
{
    private const string Body = """{"provider":"openai","key":"sk-0123456789-AbCd"}""";

    public static TheoryData<string> Names => [.. Faults.All.Select(fault => fault.Name)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_fault_commits_or_not_as_it_says(string name)
    {
        await using var api = await RawClient.StartAsync();
        var rule = api.Server.Faults.Add($"Create:{name}x1");

        await api.SufferAsync(rule, HttpMethod.Post, "/byok", Body);

        await Wait.UntilAsync(() => api.Server.Concurrent == 0);
        api.Store.ApplyPending();
        Assert.Equal((1, name), (rule.Applied, api.Server.Requests[0].Fault));
        Assert.Equal(rule.Fault.Commits ? 1 : 0, api.Store.Count);

        // The fault occurs exactly once.
        Assert.Equal(HttpStatusCode.Created, (await api.PostAsync(Body)).Status);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_fault_strikes_over_http_2_too(string name)
    {
        await using var api = await RawClient.StartAsync(seed: 3, new SandboxOptions { Https = true, Faults = [$"List:{name}x1"] });

        await api.SufferAsync(api.Server.Faults.Rules[0], HttpMethod.Get, "/byok", version: HttpVersion.Version20);

        Assert.Equal((1, "HTTP/2"), (api.Server.Faults.Rules[0].Applied, api.Server.Requests[0].Protocol));
        Assert.Equal(HttpStatusCode.OK, (await AfterAsync()).Status);

        async Task<RawResponse> AfterAsync()
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

    [Theory]
    [InlineData("Status(503,'Retry-After: 2',body='{}')", 503, "application/json", "{}")]
    [InlineData("StatusAfterCommit(502)", 502, "application/json", "as the fault plan says")]
    [InlineData("Status(101)", 101, "", "")]
    [InlineData("StatusAfterCommit(303)", 303, "application/json", "303")]
    [InlineData("StatusAfterCommit(499)", 499, "application/json", "499")]
    [InlineData("StatusAfterCommit(524)", 524, "application/json", "524")]
    [InlineData("HtmlPage(502)", 502, "text/html", "<!DOCTYPE html>")]
    [InlineData("HtmlAsJson", 200, "application/json", "<!DOCTYPE html>")]
    [InlineData("WrongContentType", 200, "text/html", "\"total_count\":1}")]
    [InlineData("EmptyBody", 200, "application/json", "")]
    [InlineData("WrongJson", 200, "application/json", "\"data\":\"yes\"")]
    [InlineData("Redirect('/x?y=1',307)", 307, "application/json", "307")]
    [InlineData("ControlCharacters", 200, "application/json", "\\u001B[31m")]
    [InlineData("ControlCharactersInError(400)", 400, "application/json", "\\u001B]0;")]
    [InlineData("FieldValue(total_count,1.0)", 200, "application/json", "\"total_count\":1.0}")]
    [InlineData("FieldValue(total_count,1e30)", 200, "application/json", "\"total_count\":1e30}")]
    [InlineData("FieldValue(total_count,'\"1\"')", 200, "application/json", "\"total_count\":\"1\"}")]
    [InlineData("FieldValue(total_count,2305843009213693952)", 200, "application/json", "\"total_count\":2305843009213693952}")]
    [InlineData("FieldValue(sort_order,3000000000)", 200, "application/json", "\"sort_order\":3000000000,")]
    [InlineData("LyingTotal(-7)", 200, "application/json", "\"total_count\":0}")]
    [InlineData("LyingTotal(7)", 200, "application/json", "\"total_count\":8}")]
    public async Task A_response_is_what_its_fault_says(string fault, int status, string contentType, string part)
    {
        await using var api = await RawClient.StartAsync(1, $"*:{fault}");

        var response = await api.GetAsync("/byok");

        Assert.Equal((status, contentType), ((int)response.Status, response.ContentType));
        Assert.Contains(part, response.Body, StringComparison.Ordinal);
        Assert.Equal(part.Length == 0, response.Body.Length == 0);
        Assert.Equal(fault.Contains("'Retry-After", StringComparison.Ordinal) ? "2" : null, response.Headers.RetryAfter?.ToString());
        Assert.Equal(status == 307 ? "/x?y=1" : null, response.Headers.Location?.ToString());
    }

    [Theory]
    [InlineData("BrokenJson")]
    [InlineData("DeepJson(10000)")]
    public async Task Bad_json_is_complete_as_far_as_http_can_tell(string fault)
    {
        await using var api = await RawClient.StartAsync(1, $"*:{fault}");

        var response = await api.GetAsync("/byok");

        Assert.Equal(HttpStatusCode.OK, response.Status);
        Assert.NotEmpty(ApiDescription.Problems("ListBYOKKeysResponse", Encoding.UTF8.GetBytes(response.Body)));
    }

    [Theory]
    [InlineData("ResetBeforeBody", false)]
    [InlineData("ResetBeforeCommit", true)]
    [InlineData("ResetAfterCommit", true)]
    public async Task A_reset_is_a_reset(string fault, bool bodyReceived)
    {
        await using var api = await RawClient.StartAsync(0, $"*:{fault}");

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => api.PostAsync(Body));

        Assert.Contains(Causes(failure), cause => cause is SocketException { SocketErrorCode: SocketError.ConnectionReset });
        Assert.Equal((bodyReceived, null), (api.Server.Requests[0].BodyReceived, api.Server.Requests[0].Status));
    }

    [Theory]
    [InlineData("CloseBeforeCommit")]
    [InlineData("CloseAfterCommit")]
    [InlineData("TruncatedBody")]
    public async Task An_early_end_is_no_reset(string fault)
    {
        await using var api = await RawClient.StartAsync(0, $"*:{fault}");

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => api.PostAsync(Body));

        Assert.Contains(Causes(failure), cause => cause is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded });
    }

    [Fact]
    public async Task A_hang_lasts_until_the_client_goes_away()
    {
        await using var api = await RawClient.StartAsync(0, "*:HangAfterCommit");
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        var hanging = api.SendAsync(HttpMethod.Post, "/byok", Body, cancellation: impatience.Token);
        await Wait.UntilAsync(() => api.Store.Count == 1);
        Assert.Equal(1, api.Server.Concurrent);
        await impatience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);
        await Wait.UntilAsync(() => api.Server.Concurrent == 0 && api.Server.ActiveConnections == 0);
    }

    [Fact]
    public async Task A_slow_trickle_is_the_right_response_in_the_end()
    {
        var clock = new CountingTime();
        await using var api = await RawClient.StartAsync(seed: 1, new SandboxOptions { Time = clock });
        var expected = (await api.GetAsync("/byok")).Body;
        api.Server.Faults.Add(Faults.SlowTrickle(millisecondsPerStep: 5, bytesPerStep: expected.Length / 2));

        var trickling = api.GetAsync("/byok");
        for (var sent = 0; sent < expected.Length; sent += expected.Length / 2)
        {
            await Wait.UntilAsync(() => clock.Timers == 1);
            Assert.False(trickling.IsCompleted && sent + (expected.Length / 2) < expected.Length);
            clock.Advance(TimeSpan.FromMilliseconds(5));
        }

        Assert.Equal(expected, (await trickling).Body);
    }

    [Fact]
    public async Task Rate_limits_tell_the_wait_in_seconds_or_as_a_date()
    {
        var clock = new CountingTime();
        await using var api = await RawClient.StartAsync(options: new() { Time = clock, Faults = ["*:RateLimited(3)x1", "*:RateLimitedUntil(3)x1", "*:Unavailable(4)x1"] });

        var (seconds, date, unavailable) = (await api.GetAsync("/byok"), await api.GetAsync("/byok"), await api.GetAsync("/byok"));

        seconds.AssertError(429);
        date.AssertError(429);
        unavailable.AssertError(503);
        Assert.Equal(TimeSpan.FromSeconds(3), seconds.Headers.RetryAfter!.Delta);
        Assert.Equal(clock.GetUtcNow().AddSeconds(4), date.Headers.RetryAfter!.Date);
        Assert.Equal(TimeSpan.FromSeconds(4), unavailable.Headers.RetryAfter!.Delta);
    }

    [Theory]
    [InlineData("OversizedBody(5000000)", null)]
    [InlineData("DeclaredOversizedBody(5000000)", 5_000_000L)]
    public async Task An_oversized_body_has_the_size_it_says(string fault, long? declared)
    {
        await using var api = await RawClient.StartAsync(0, $"*:{fault}");

        using var response = await api.Http.GetAsync(new Uri(api.Server.BaseUri + "/byok"), HttpCompletionOption.ResponseHeadersRead, Cancellation);

        Assert.Equal(declared, response.Content.Headers.ContentLength);
        Assert.Equal(5_000_000, (await response.Content.ReadAsByteArrayAsync(Cancellation)).Length);
    }

    [Fact]
    public async Task A_compressed_bomb_is_small_until_it_is_unpacked()
    {
        await using var api = await RawClient.StartAsync(0, "*:CompressedBomb(20000000)");

        using var response = await api.Http.GetAsync(new Uri(api.Server.BaseUri + "/byok"), Cancellation);
        var packed = await response.Content.ReadAsByteArrayAsync(Cancellation);
        await using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        await gzip.CopyToAsync(unpacked, Cancellation);

        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        Assert.InRange(packed.Length, 1, 100_000);
        Assert.InRange(unpacked.Length, 20_000_000, 22_000_000);
    }

    [Fact]
    public async Task Endless_headers_have_no_end()
    {
        await using var api = await RawClient.StartAsync(0, "*:EndlessHeaders");
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", api.Server.BaseUri.Port, Cancellation);
        var stream = socket.GetStream();
        await stream.WriteAsync("GET /api/v1/byok HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Cancellation);

        var buffer = new byte[1 << 16];
        for (var read = 0; read < 5_000_000;)
        {
            var count = await stream.ReadAsync(buffer, Cancellation);
            Assert.NotEqual(0, count);
            Assert.Equal(-1, buffer.AsSpan(0, count).IndexOf("\r\n\r\n"u8));
            read += count;
        }
    }

    [Fact]
    public async Task Pages_can_repeat_keys()
    {
        await using var api = await RawClient.StartAsync(20, "List:DuplicateIds");

        Assert.Equal([api.Ids[9], api.Ids[10], .. api.Ids.Skip(10).Take(5)], (await api.GetAsync("/byok?offset=10&limit=5")).Ids);
    }

    [Fact]
    public async Task A_count_can_lag_behind()
    {
        await using var api = await RawClient.StartAsync(2, "List:LaggingTotal(1)");
        var totals = new List<int>();

        for (var i = 0; i < 3; i++)
        {
            totals.Add((await api.GetAsync("/byok")).Total);
            api.Store.Add("openai", "sk-0123456789");
        }

        Assert.Equal([2, 2, 3], totals);
    }

    [Fact]
    public async Task A_page_can_be_capped_at_one_record_without_a_count()
    {
        await using var api = await RawClient.StartAsync(3, "*:PageOf(1)&WithoutField(total_count)");

        var page = await api.GetAsync("/byok?offset=1&limit=100");

        Assert.Equal([api.Ids[1]], page.Ids);
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
        await using var api = await RawClient.StartAsync(4, rule);
        var ids = api.Ids;
        if (rule.StartsWith("List", StringComparison.Ordinal))
        {
            Assert.Equal(ids, (await api.GetAsync("/byok")).Ids);
        }

        await api.PatchAsync(ids[1], """{"disabled":false}""");

        var expected = order.Split(',').Select(place => ids[place[0] - '0']);
        Assert.Equal(expected, (await api.GetAsync("/byok")).Ids);
        Assert.Equal(expected, api.Ids);
    }

    [Fact]
    public async Task A_duplicated_response_goes_to_the_next_request_on_its_connection()
    {
        await using var api = await RawClient.StartAsync(3, "Get:DuplicatedResponsex1");
        var ids = api.Ids;

        Assert.Equal(ids[0], (await api.GetAsync(ids[0])).Id);
        Assert.Equal(ids[0], (await api.GetAsync(ids[1])).Id);
        Assert.Equal(ids[1], (await api.DeleteAsync(ids[2])).Id);

        Assert.Null(api.Store.Find(ids[2]));
        Assert.Single(api.Server.Requests.Select(request => request.Connection).Distinct());
        using var other = api.NewHttp();
        Assert.Contains(ids[1].ToString(), await other.GetStringAsync(new Uri($"{api.Server.BaseUri}/byok/{ids[1]}"), Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_id_shows_another_key_and_changes_the_right_one()
    {
        await using var api = await RawClient.StartAsync(2, "*:WrongId");
        var ids = api.Ids;

        Assert.Equal(ids[1], (await api.GetAsync(ids[0])).Id);
        Assert.Equal(ids[0], (await api.GetAsync(ids[1])).Id);
        Assert.Equal((ids[1], "changed"), ((await api.PatchAsync(ids[0], """{"name":"changed"}""")).Id, api.Store.Find(ids[0])!.Name));
        Assert.Equal((ids[0], 3), ((await api.PostAsync(Body)).Id, api.Store.Count));
    }

    [Theory]
    [InlineData("LateCommit(3000)&StatusAfterCommit(502)", 0)]
    [InlineData("ListLag(3000)&StatusAfterCommit(502)", 1)]
    public async Task A_late_create_appears_when_its_time_has_come(string fault, int stored)
    {
        var clock = new CountingTime();
        await using var api = await RawClient.StartAsync(options: new() { Time = clock, Faults = [$"Create:{fault}"] });

        (await api.PostAsync(Body)).AssertError(502);
        clock.Advance(TimeSpan.FromMilliseconds(2999));
        Assert.Equal((0, stored, 1), ((await api.GetAsync("/byok")).Total, api.Store.Count, api.Store.Pending));
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal([Assert.Single(api.Ids)], (await api.GetAsync("/byok")).Ids);
        Assert.Equal(0, api.Store.Pending);
    }

    [Theory]
    [InlineData("LateCommitAfterLists(2)", 0)]
    [InlineData("ListLagAfterLists(2)", 1)]
    public async Task A_late_create_appears_after_so_many_lists(string fault, int stored)
    {
        await using var api = await RawClient.StartAsync(0, $"Create:{fault}");

        var created = (await api.PostAsync(Body)).AssertValid("CreateBYOKKeyResponse");

        Assert.Equal(stored, api.Store.Count);
        Assert.Empty((await api.GetAsync("/byok?provider=openai")).Ids);
        (await api.GetAsync(created.Id)).AssertError(404);
        Assert.Empty((await api.GetAsync("/byok")).Ids);
        Assert.Equal([created.Id], (await api.GetAsync("/byok")).Ids);
        Assert.Equal(created.Body, (await api.GetAsync(created.Id)).Body);
    }

    [Fact]
    public async Task Late_updates_and_deletes_show_the_old_state_first()
    {
        await using var api = await RawClient.StartAsync(
            2, "Update:LateCommitAfterLists(1)x1", "Update:ListLagAfterLists(1)x1", "Delete:ListLagAfterLists(1)x1", "Delete:LateCommitAfterLists(1)x1");
        var ids = api.Ids;

        Assert.Equal("true", (await api.PatchAsync(ids[0], """{"disabled":true}"""))["disabled"]);
        Assert.Equal("true", (await api.PatchAsync(ids[1], """{"disabled":true}"""))["disabled"]);
        Assert.Equal([false, true], api.Store.Keys.Select(key => key.Disabled));
        Assert.DoesNotContain("\"disabled\":true", (await api.GetAsync("/byok")).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"disabled\":false", (await api.GetAsync("/byok")).Body, StringComparison.Ordinal);

        (await api.DeleteAsync(ids[0])).AssertValid("DeleteBYOKKeyResponse");
        (await api.DeleteAsync(ids[1])).AssertValid("DeleteBYOKKeyResponse");
        Assert.Equal([ids[1]], api.Ids);
        Assert.Equal((2, 0), ((await api.GetAsync("/byok")).Total, (await api.GetAsync("/byok")).Total));
        Assert.Equal(2, api.Store.Deleted.Count);
    }

    [Fact]
    public async Task A_late_update_that_another_made_impossible_has_no_effect()
    {
        await using var api = await RawClient.StartAsync(1, "Update:LateCommitAfterLists(1)x1");

        await api.PatchAsync(api.Ids[0], """{"is_fallback":true}""");
        await api.PatchAsync(api.Ids[0], """{"is_byok_only":true}""");
        api.Store.ApplyPending();

        Assert.Equal((false, true), (api.Store.Keys[0].IsFallback, api.Store.Keys[0].IsByokOnly));
    }

    private static IEnumerable<Exception> Causes(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            yield return failure;
        }
    }
}
