using System.Globalization;
using System.Text;
using System.Text.Json;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>A hostile server costs bounded memory and time, causes a clear error, and breaks nothing else.</summary>
public sealed class HostileResponseTests
{
    [Fact]
    public async Task Endless_responses_take_little_memory_and_are_bad_responses()
    {
        string[] hostile =
        [
            "OversizedBody(1073741824)", "DeclaredOversizedBody(1073741824)", "EndlessPage()", "DeepJson(10000)", "DeepJson(5000000)", "EndlessHeaders()",
            "CompressedBomb(1073741824)", "HtmlAsJson()", "BrokenJson()", "WrongJson()", "EmptyBody()", "HtmlPage(200)",
        ];
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 150 });
        await using ProbeProcess probe = ProbeProcess.Start();
        await probe.AskAsync($"connect {server.BaseUri} {ProbeProcess.Masked(server.ManagementKey)}");
        Assert.Equal("done 150", await probe.AskAsync("list"));
        long before = PeakMemory(probe);

        foreach (string fault in hostile)
        {
            server.Faults.Add($"List:{fault}");
            Assert.Equal((fault, "failed BadResponse"), (fault, await probe.AskAsync("list")));
            server.Faults.Clear();
            Assert.Equal("done 150", await probe.AskAsync("list"));
        }

        // Millions of small values: each would need many times its size as an object.
        string millions = $"{{\"data\":[{string.Join(',', Enumerable.Repeat("{}", 4_000_000))}]}}";
        server.Faults.Add(Faults.Status(200, body: millions));
        Assert.Equal("failed BadResponse", await probe.AskAsync("list"));

        // One response of at most 16 MiB, its smaller buffers, and memory that is not collected yet.
        Assert.InRange(PeakMemory(probe) - before, 0, 256 * 1024);
    }

    [Fact]
    public async Task A_wrong_content_type_does_not_matter_if_the_body_is_right()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 3 });
        server.Faults.Add("List:WrongContentType()");
        using var client = new ByokClient(Connect(server.BaseUri, server.ManagementKey));

        Assert.Equal(3, (await client.ListKeysAsync(null, null, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken)).Count);
    }

    [Theory]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")]
    public async Task Endless_interim_responses_are_a_bad_response(string interim)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(interim, 200)));
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            while (true)
            {
                await stream.WriteAsync(bytes, stop);
            }
        });
        using var client = new ByokClient(Connect(server.BaseUri, Secrets.NewKey()));

        ByokApiException failure = await FailureOfAsync(client);

        Assert.Equal(ByokErrorKind.BadResponse, failure.Kind);
    }

    [Theory]
    [InlineData("this is not HTTP\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 12, 13\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n broken header\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n{{}}")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("HTTP/1.1 999 \r\nContent-Length: 0\r\n\r\n")]
    [InlineData("")]
    public async Task A_violation_of_HTTP_is_one_clear_error(string answer)
    {
        await using var server = new RawServer((_, stream, stop) => stream.WriteAsync(Encoding.Latin1.GetBytes(answer), stop).AsTask());
        using var client = new ByokClient(Connect(server.BaseUri, Secrets.NewKey()));

        ByokApiException failure = await FailureOfAsync(client);

        Assert.True(failure.Kind is ByokErrorKind.BadResponse or ByokErrorKind.ConnectionFailed or ByokErrorKind.ServerError, failure.ToString());
    }

    [Fact]
    public async Task Control_characters_are_made_visible_everywhere()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions
        {
            SeedCount = 5,
            Shape = new ResponseShape
            {
                ControlCharacters = true,
                ExtraFields = new Dictionary<string, string> { ["new\u001b[31m"] = JsonSerializer.Serialize("a\u001b]0;title\u0007b\u202eright\u2066to\u061cleft") },
            },
        });
        using var client = new ByokClient(Connect(server.BaseUri, server.ManagementKey));
        List<ByokKey> keys = await client.ListKeysAsync(null, null, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        server.Faults.Add("List:ControlCharactersInError(400)");
        ByokApiException failure = await FailureOfAsync(client);

        Assert.Contains("␛[31m", Assert.Single(keys[0].AdditionalProperties!).Key, StringComparison.Ordinal);
        Assert.Contains("␛", failure.Message, StringComparison.Ordinal);
        Assert.All(
            Secrets.TextsIn([.. keys.Select(key => (object)key.AdditionalProperties!), .. keys.SelectMany(key => new[] { key.Name, key.Label, key.Provider, key.ToString() }), failure.Message, failure.ServerMessage]),
            text => Assert.DoesNotContain(text, character => char.IsControl(character) || char.GetUnicodeCategory(character) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Format));
    }

    [Fact]
    public async Task Fields_that_differ_in_control_characters_only_do_not_break_the_listing()
    {
        await using SandboxServer server = await StartAsync("""{"id":"1","\u0080x":1,"\u0081x":2}""");
        using var client = new ByokClient(Connect(server.BaseUri, server.ManagementKey));

        ByokKey key = Assert.Single(await client.ListKeysAsync(null, null, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));

        Assert.Single(key.AdditionalProperties!);
    }

    [Theory]
    [InlineData("""a\ud83d\ude00b""", "a😀b")]
    [InlineData("""a\ud83db""", "a\ufffdb")]
    [InlineData("""a\uDE00b""", "a\ufffdb")]
    [InlineData("""\ud83d""", "\ufffd")]
    [InlineData("""\ud83d\ud83d\ude00""", "\ufffd😀")]
    [InlineData("""\\ud83d""", """\ud83d""")]
    [InlineData("""\\\ud83d""", "\\\ufffd")]
    public async Task A_lone_surrogate_in_one_name_does_not_hide_the_other_keys(string sent, string shown)
    {
        await using SandboxServer server = await StartAsync(
            $$"""{"id":"1","name":"{{sent}}","new":["{{sent}}",{"{{sent}}":1}]},{"id":"2","name":"other"}""");
        using var client = new ByokClient(Connect(server.BaseUri, server.ManagementKey));

        List<ByokKey> keys = await client.ListKeysAsync(null, null, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([shown, "other"], keys.Select(key => key.Name));
        Assert.Equal(shown, ((object?[])keys[0].AdditionalProperties!["new"]!)[0]);
    }

    [Fact]
    public async Task Numbers_beyond_all_bounds_are_kept()
    {
        await using SandboxServer server = await StartAsync($$"""{"id":"1","a":1e999999,"b":{{new string('9', 5000)}},"c":-0.1}""");
        using var client = new ByokClient(Connect(server.BaseUri, server.ManagementKey));

        ByokKey key = Assert.Single(await client.ListKeysAsync(null, null, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));

        Assert.Equal(-0.1, key.AdditionalProperties!["c"]);
        Assert.Equal(3, key.AdditionalProperties!.Count);
    }

    [Fact]
    public async Task A_Retry_After_of_years_ends_the_retries()
    {
        await using SandboxServer server = await SandboxServer.StartAsync();
        server.Faults.Add(Faults.Status(429, new Dictionary<string, string> { ["Retry-After"] = "Fri, 31 Dec 9999 23:59:59 GMT", ["Date"] = "Mon, 01 Jan 0001 00:00:00 GMT" }));
        using var client = new ByokClient(Connect(server.BaseUri, server.ManagementKey, retries: 3));

        ByokApiException failure = await FailureOfAsync(client);

        Assert.Equal(ByokErrorKind.RateLimited, failure.Kind);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_wrong_clock_does_not_break_a_create_whose_response_was_lost()
    {
        await using SandboxServer server = await SandboxServer.StartAsync();
        var age = new Dictionary<string, string> { ["Date"] = "Mon, 01 Jan 0001 00:00:00 GMT" };
        server.Faults.Add(new FaultRule(Faults.StatusAfterCommit(502, age)) { Operation = ApiOperation.Create, Times = 1 });
        using var client = new ByokClient(Connect(server.BaseUri, server.ManagementKey, retries: 1));

        ByokKey created = await client.CreateKeyAsync(
            new CreateByokKeyRequest { Provider = "openai", Key = Secrets.Secure(Secrets.NewKey()) }, null, TestContext.Current.CancellationToken);

        Assert.Equal(Assert.Single(server.Store.Keys).Id.ToString(), created.Id);
    }

    /// <summary>A server whose pages hold these keys.</summary>
    private static async Task<SandboxServer> StartAsync(string keys)
    {
        SandboxServer server = await SandboxServer.StartAsync();
        server.Faults.Add(Faults.Status(200, body: $"{{\"data\":[{keys}],\"total_count\":1}}"));
        return server;
    }

    private static ByokConnection Connect(Uri address, string managementKey, int retries = 0) => new()
    {
        BaseUri = address, ApiKey = Secrets.Secure(managementKey), MaximumRetryCount = retries, RetryIntervalSec = 0.001, TimeoutSec = 20,
    };

    private static async Task<ByokApiException> FailureOfAsync(ByokClient client) =>
        await Assert.ThrowsAsync<ByokApiException>(async () => await client.ListKeysAsync().ToListAsync());

    /// <summary>The peak memory of a process, in KiB.</summary>
    private static long PeakMemory(ProbeProcess probe)
    {
        Assert.SkipUnless(ProcessMemory.CanBeRead, "Needs /proc.");
        string line = File.ReadLines($"/proc/{probe.Id}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
