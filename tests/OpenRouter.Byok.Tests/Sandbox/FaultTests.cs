using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Reliability;

namespace OpenRouter.Byok.Tests.StandIn;

/// <summary>Every fault strikes and commits as it says, and what only the wire shows of some.</summary>
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

        await SufferAsync(api, rule, HttpMethod.Post, Body);

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
        await using var api = await RawClient.StartAsync(seed: 3, options: new() { Https = true });
        var rule = api.Server.Faults.Add($"List:{name}x1");

        await SufferAsync(api, rule, HttpMethod.Get, version: HttpVersion.Version20);

        Assert.Equal((1, "HTTP/2"), (rule.Applied, api.Server.Requests[0].Protocol));
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
    [InlineData("Status(503,'{}')", 503, "application/json", "{}")]
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
    [InlineData("BrokenJson", 200, "application/json", "{\"data\":[{")]
    [InlineData("DeepJson(10000)", 200, "application/json", "[[[[[[[[")]
    [InlineData("SlowTrickle(1,50)", 200, "application/json", "\"total_count\":1}")]
    [InlineData("Redirect('/x?y=1',307)", 307, "application/json", "307")]
    [InlineData("ControlCharacters", 200, "application/json", "\\u001B[31m")]
    [InlineData("ControlCharactersInError(400)", 400, "application/json", "\\u001B]0;")]
    [InlineData("FieldValue(total_count,1.0)", 200, "application/json", "\"total_count\":1.0}")]
    [InlineData("FieldValue(total_count,1e30)", 200, "application/json", "\"total_count\":1e30}")]
    [InlineData("FieldValue(total_count,'\"1\"')", 200, "application/json", "\"total_count\":\"1\"}")]
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
        Assert.Equal(status == 307 ? "/x?y=1" : null, response.Headers.Location?.ToString());
    }

    [Theory]
    [InlineData("ResetBeforeBody", true)]
    [InlineData("ResetBeforeCommit", true)]
    [InlineData("ResetAfterCommit", true)]
    [InlineData("CloseBeforeCommit", false)]
    [InlineData("CloseAfterCommit", false)]
    [InlineData("TruncatedBody", false)]
    public async Task A_connection_is_reset_or_ends_early(string fault, bool isReset)
    {
        await using var api = await RawClient.StartAsync(0, $"*:{fault}");

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => api.PostAsync(Body));

        var cause = failure.GetBaseException();
        Assert.Equal(isReset, cause is SocketException { SocketErrorCode: SocketError.ConnectionReset });
        Assert.Equal(!isReset, cause is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded });
        Assert.Equal(fault != "ResetBeforeBody", api.Server.Requests[0].BodyReceived);
    }

    [Theory]
    [InlineData("OversizedBody(5000000)", null, 5_000_000)]
    [InlineData("DeclaredOversizedBody(5000000)", 5_000_000L, 5_000_000)]
    [InlineData("CompressedBomb(20000000)", null, 20_000_000)]
    public async Task A_huge_body_has_the_size_it_says(string fault, long? declared, int size)
    {
        await using var api = await RawClient.StartAsync(0, $"*:{fault}");

        using var response = await api.Http.GetAsync("api/v1/byok", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        var isPacked = response.Content.Headers.ContentEncoding.Contains("gzip");
        await using var sent = await response.Content.ReadAsStreamAsync(Cancellation);
        await using var body = isPacked ? new GZipStream(sent, CompressionMode.Decompress) : sent;
        using var read = new MemoryStream();
        await body.CopyToAsync(read, Cancellation);

        Assert.Equal(declared, response.Content.Headers.ContentLength);
        Assert.InRange(read.Length, size, size + (1 << 20));
    }

    [Theory]
    [InlineData("DuplicateIds", "/byok?offset=2&limit=2", "1,2,2,3")]
    [InlineData("PageOf(1)", "/byok?offset=1&limit=100", "1")]
    [InlineData("MovedToEndx1", "/byok", "1,2,3,0")]
    [InlineData("MovedToStartx1", "/byok", "3,0,1,2")]
    public async Task A_second_list_shows_these_keys(string fault, string path, string expected)
    {
        await using var api = await RawClient.StartAsync(4, $"List:{fault}");
        var ids = api.Ids;

        await api.GetAsync("/byok");

        Assert.Equal(expected.Split(',').Select(place => ids[place[0] - '0']), (await api.GetAsync(path)).Ids);
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

    [Theory]
    [InlineData("LateCommit(3000)&StatusAfterCommit(502)", 0)]
    [InlineData("ListLag(3000)&StatusAfterCommit(502)", 1)]
    public async Task A_late_create_appears_when_its_time_has_come(string fault, int stored)
    {
        var clock = new CountingTime();
        await using var api = await RawClient.StartAsync(fault: $"Create:{fault}", options: new() { Time = clock });

        (await api.PostAsync(Body)).AssertError(502);
        clock.Advance(TimeSpan.FromMilliseconds(2999));
        Assert.Equal((0, stored), ((await api.GetAsync("/byok")).Total, api.Store.Count));
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal([Assert.Single(api.Ids)], (await api.GetAsync("/byok")).Ids);
    }

    [Theory]
    [InlineData("LateCommitAfterLists(1)", 0)]
    [InlineData("ListLagAfterLists(1)", 1)]
    public async Task Late_changes_show_the_old_state_first(string fault, int done)
    {
        await using var api = await RawClient.StartAsync(2, $"*:{fault}");
        var (updated, deleted) = (api.Ids[0], api.Ids[1]);

        var created = (await api.PostAsync(Body)).AssertValid("CreateBYOKKeyResponse").Json.GetProperty("data").GetProperty("id").GetGuid();
        Assert.Equal("true", (await api.PatchAsync(updated, """{"disabled":true}"""))["disabled"]);
        (await api.DeleteAsync(deleted)).AssertValid("DeleteBYOKKeyResponse");
        bool[] changed = [api.Store.Find(created) is not null, api.Store.Find(updated)!.Disabled, api.Store.Find(deleted) is null];

        Assert.All(changed, change => Assert.Equal(done == 1, change));
        (await api.GetAsync($"/byok/{created}")).AssertError(404);
        var (before, after) = (await api.GetAsync("/byok"), await api.GetAsync("/byok"));
        Assert.Equal([updated, deleted], before.Ids);
        Assert.DoesNotContain("\"disabled\":true", before.Body, StringComparison.Ordinal);
        Assert.Equal([updated, created], after.Ids);
        Assert.Contains("\"disabled\":true", after.Body, StringComparison.Ordinal);
        Assert.Equal([updated, created], api.Ids);
    }

    private static async Task SufferAsync(RawClient api, FaultRule rule, HttpMethod method, string? body = null, Version? version = null)
    {
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var sending = api.SendAsync(method, "/byok", body, version, impatience.Token);
        if (rule.Fault.Stalls)
        {
            await Wait.UntilAsync(() => rule.Applied > 0 || sending.IsCompleted);
            impatience.CancelAfter(100);
        }

        var failure = await Record.ExceptionAsync(() => sending);
        Assert.True(failure is null or HttpRequestException || impatience.IsCancellationRequested, $"{failure}");
    }
}
