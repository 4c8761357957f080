using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class FaultTests
{
    private const string Body = """{"provider":"openai","key":"sk-0123456789-AbCd"}""";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    public static TheoryData<string> Names => [.. Faults.All.Select(fault => fault.Name)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_fault_commits_or_not_as_it_says(string name)
    {
        await using var api = await RawClient.StartAsync();
        var rule = api.Server.Faults.Add($"Create:{name}x1");
        Assert.Equal(name, rule.Fault.Name);

        await api.SufferAsync(rule, HttpMethod.Post, "/byok", Body);

        await Wait.UntilAsync(() => api.Server.Concurrent == 0);
        api.Store.ApplyPending();
        Assert.Equal(1, rule.Applied);
        Assert.Equal(name, api.Server.Requests[0].Fault);
        Assert.Equal(rule.Fault.Commits ? 1 : 0, api.Store.Count);

        // And once is once.
        Assert.Equal(HttpStatusCode.Created, (await api.PostAsync(Body)).Status);
    }

    [Theory]
    [InlineData("Status(503,'Retry-After: 2',body='{}')", 503, "{}")]
    [InlineData("StatusAfterCommit(502)", 502, null)]
    public async Task A_status_is_answered(string fault, int status, string? body)
    {
        await using var api = await RawClient.StartAsync();
        api.Server.Faults.Add($"*:{fault}");

        var answer = await api.GetAsync("/byok");

        Assert.Equal(status, (int)answer.Status);
        if (body is null)
        {
            answer.AssertError(status);
        }
        else
        {
            Assert.Equal(body, answer.Body);
            Assert.Equal("2", answer.Headers.RetryAfter!.ToString());
        }
    }

    [Theory]
    [InlineData("ResetBeforeBody")]
    [InlineData("ResetBeforeCommit")]
    [InlineData("ResetAfterCommit")]
    public async Task A_reset_is_a_reset(string fault)
    {
        await using var api = await RawClient.StartAsync();
        api.Server.Faults.Add($"*:{fault}");

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => api.PostAsync(Body));

        Assert.Contains(Causes(failure), cause => cause is SocketException { SocketErrorCode: SocketError.ConnectionReset });
        Assert.Equal(fault != "ResetBeforeBody", api.Server.Requests[0].BodyReceived);
        Assert.Null(api.Server.Requests[0].Status);
    }

    [Theory]
    [InlineData("CloseBeforeCommit")]
    [InlineData("CloseAfterCommit")]
    public async Task An_early_end_is_no_reset(string fault)
    {
        await using var api = await RawClient.StartAsync();
        api.Server.Faults.Add($"*:{fault}");

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => api.PostAsync(Body));

        Assert.Equal(HttpRequestError.ResponseEnded, failure.HttpRequestError);
    }

    [Fact]
    public async Task A_truncated_body_ends_early()
    {
        await using var api = await RawClient.StartAsync(seed: 3);
        api.Server.Faults.Add(Faults.TruncatedBody());

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => api.GetAsync("/byok"));

        Assert.Contains(Causes(failure), cause => cause is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded });
    }

    [Fact]
    public async Task A_hang_lasts_until_the_client_goes_away()
    {
        await using var api = await RawClient.StartAsync();
        api.Server.Faults.Add(Faults.HangAfterCommit());
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        var hanging = api.SendAsync(HttpMethod.Post, "/byok", Body, cancellation: impatience.Token);
        await Wait.UntilAsync(() => api.Store.Count == 1);
        Assert.Equal(1, api.Server.Concurrent);
        await impatience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);
        await Wait.UntilAsync(() => api.Server.Concurrent == 0 && api.Server.ActiveConnections == 0);
    }

    [Fact]
    public async Task A_server_stops_at_once_whatever_hangs()
    {
        var api = await RawClient.StartAsync();
        api.Server.Faults.Add(Faults.Hang());
        var hanging = api.GetAsync("/byok");
        await Wait.UntilAsync(() => api.Server.Concurrent == 1);
        var watch = Stopwatch.StartNew();

        await api.Server.DisposeAsync();

        Assert.True(watch.Elapsed < _patience, $"took {watch.Elapsed}");
        await Assert.ThrowsAnyAsync<Exception>(() => hanging);
        await api.DisposeAsync();
    }

    [Fact]
    public async Task A_slow_trickle_is_the_right_answer_in_the_end()
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        var expected = (await api.GetAsync("/byok")).Body;
        api.Server.Faults.Add(Faults.SlowTrickle(millisecondsPerStep: 5, bytesPerStep: 50));
        var watch = Stopwatch.StartNew();

        Assert.Equal(expected, (await api.GetAsync("/byok")).Body);

        // A timer may fire a little early.
        Assert.True(watch.ElapsedMilliseconds >= expected.Length / 50 * 5 / 2, $"took {watch.Elapsed}");
    }

    [Fact]
    public async Task Html_and_wrong_labels_are_what_they_say()
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        api.Server.Faults.Add("*:HtmlPage(502)x1");
        api.Server.Faults.Add("*:HtmlAsJsonx1");
        api.Server.Faults.Add("*:WrongContentTypex1");
        api.Server.Faults.Add("*:EmptyBodyx1");

        var page = await api.GetAsync("/byok");
        Assert.Equal((HttpStatusCode.BadGateway, "text/html"), (page.Status, page.ContentType));
        var labelled = await api.GetAsync("/byok");
        Assert.Equal((HttpStatusCode.OK, "application/json"), (labelled.Status, labelled.ContentType));
        Assert.StartsWith("<!DOCTYPE html>", labelled.Body, StringComparison.Ordinal);
        var wrong = await api.GetAsync("/byok");
        Assert.Equal("text/html", wrong.ContentType);
        ApiSchema.AssertValid("ListBYOKKeysResponse", wrong.Body);
        Assert.Empty((await api.GetAsync("/byok")).Body);
    }

    [Theory]
    [InlineData("BrokenJson", false)]
    [InlineData("WrongJson", true)]
    [InlineData("DeepJson(10000)", false)]
    public async Task Bad_json_is_complete_as_far_as_http_can_tell(string fault, bool parses)
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        api.Server.Faults.Add($"*:{fault}");

        var answer = await api.GetAsync("/byok");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.NotEmpty(ApiDescription.Problems("ListBYOKKeysResponse", Encoding.UTF8.GetBytes(answer.Body)));
        Assert.Equal(parses, Record.Exception(() => answer.Json) is null);
    }

    [Fact]
    public async Task A_redirect_names_its_target()
    {
        await using var api = await RawClient.StartAsync();
        api.Server.Faults.Add("*:Redirect('http://127.0.0.1:9/x?y=1',307)");

        var answer = await api.GetAsync("/byok");

        Assert.Equal(HttpStatusCode.TemporaryRedirect, answer.Status);
        Assert.Equal("http://127.0.0.1:9/x?y=1", answer.Headers.Location!.ToString());
    }

    [Fact]
    public async Task Rate_limits_say_how_long_in_seconds_or_as_a_date()
    {
        await using var api = await RawClient.StartAsync();
        api.Server.Faults.Add("*:RateLimited(3)x1");
        api.Server.Faults.Add("*:RateLimitedUntil(3)x1");
        api.Server.Faults.Add("*:Unavailable(4)x1");

        var seconds = await api.GetAsync("/byok");
        seconds.AssertError(429);
        Assert.Equal(TimeSpan.FromSeconds(3), seconds.Headers.RetryAfter!.Delta);
        var date = await api.GetAsync("/byok");
        date.AssertError(429);
        Assert.InRange(date.Headers.RetryAfter!.Date!.Value - DateTimeOffset.UtcNow, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        var unavailable = await api.GetAsync("/byok");
        unavailable.AssertError(503);
        Assert.Equal(TimeSpan.FromSeconds(4), unavailable.Headers.RetryAfter!.Delta);
    }

    [Theory]
    [InlineData("OversizedBody(5000000)", null)]
    [InlineData("DeclaredOversizedBody(5000000)", 5_000_000L)]
    public async Task An_oversized_body_has_the_size_it_says(string fault, long? declared)
    {
        await using var api = await RawClient.StartAsync();
        api.Server.Faults.Add($"*:{fault}");

        using var response = await api.Http.GetAsync(
            new Uri(api.Server.BaseUri + "/byok"), HttpCompletionOption.ResponseHeadersRead, Cancellation);

        Assert.Equal(declared, response.Content.Headers.ContentLength);
        Assert.Equal(5_000_000, (await response.Content.ReadAsByteArrayAsync(Cancellation)).Length);
    }

    [Fact]
    public async Task A_compressed_bomb_is_small_until_it_is_unpacked()
    {
        await using var api = await RawClient.StartAsync();
        api.Server.Faults.Add("*:CompressedBomb(20000000)");

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
    public async Task Pages_can_repeat_keys_and_lie_about_their_number()
    {
        await using var api = await RawClient.StartAsync(seed: 20);
        var honest = await api.GetAsync("/byok?limit=20");
        api.Server.Faults.Add("List:DuplicateIdsx1");
        api.Server.Faults.Add("List:LyingTotal(-7)x1");

        var page = await api.GetAsync("/byok?offset=10&limit=5");
        Assert.Equal([honest.Ids[9], honest.Ids[10], .. honest.Ids.Skip(10).Take(5)], page.Ids);
        Assert.Equal(13, (await api.GetAsync("/byok")).Total);
        Assert.Equal(20, (await api.GetAsync("/byok")).Total);
    }

    [Fact]
    public async Task Control_characters_come_in_names_labels_and_messages()
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        api.Server.Faults.Add("List:ControlCharacters");
        api.Server.Faults.Add("Get:ControlCharactersInError(400)");

        var key = (await api.GetAsync("/byok")).Json.GetProperty("data")[0];
        Assert.Contains("\u001b[31m", key.GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Contains("\r\n", key.GetProperty("label").GetString(), StringComparison.Ordinal);
        (await api.GetAsync(api.Store.Keys[0].Id)).AssertError(400, "\u001b]0;");
    }

    [Fact]
    public async Task Endless_headers_have_no_end()
    {
        await using var api = await RawClient.StartAsync();
        api.Server.Faults.Add(Faults.EndlessHeaders());
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", api.Server.BaseUri.Port, Cancellation);
        var stream = socket.GetStream();
        await stream.WriteAsync("GET /api/v1/byok HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Cancellation);

        var buffer = new byte[1 << 16];
        var read = 0;
        while (read < 5_000_000)
        {
            var count = await stream.ReadAsync(buffer, Cancellation);
            Assert.NotEqual(0, count);
            Assert.Equal(-1, buffer.AsSpan(0, count).IndexOf("\r\n\r\n"u8));
            read += count;
        }
    }

    [Fact]
    public void Each_fault_has_a_name_of_its_own() =>
        Assert.Equal(Faults.All.Count, Faults.All.Select(fault => fault.Name).Distinct().Count());

    private static IEnumerable<Exception> Causes(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            yield return failure;
        }
    }
}
