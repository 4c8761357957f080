using System.Globalization;
using System.Text;
using System.Text.Json;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>Input of any kind arrives as data or is refused before anything is sent.</summary>
public sealed class HostileInputTests
{
    private const string Id = "11111111-2222-3333-4444-555555555555";

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../workspaces")]
    [InlineData(Id + "/../" + Id)]
    [InlineData(Id + "?limit=1")]
    [InlineData(Id + "#")]
    [InlineData(Id + "%2F")]
    [InlineData(Id + " HTTP/1.1\r\nX-Evil: 1\r\n\r\n")]
    [InlineData("11111111-2222-3333-4444-55555555555\0")]
    [InlineData("{" + Id + "}")]
    [InlineData("11111111222233334444555555555555")]
    [InlineData("１1111111-2222-3333-4444-555555555555")]
    [InlineData("11111111-2222-3333-4444-5555555555😀")]
    public async Task An_invalid_id_is_refused_before_anything_is_sent(string id)
    {
        await using SandboxServer server = await SandboxServer.StartAsync();
        using var client = new ByokClient(Connect(server));

        Func<Task>[] operations =
        [
            () => client.GetKeyAsync(id),
            () => client.DeleteKeyAsync(id),
            () => client.UpdateKeyAsync(id, new UpdateByokKeyRequest { Settings = new ByokKeySettings().Set(KeyFields.Disabled, true) }),
            () => client.CreateKeyAsync(new CreateByokKeyRequest { Provider = "openai", Key = Secrets.Secure("k"), WorkspaceId = id }),
            async () => await client.ListKeysAsync(new ListByokKeysRequest { WorkspaceId = id }).ToListAsync(),
        ];
        foreach (Func<Task> operation in operations)
        {
            ByokApiException refused = await Assert.ThrowsAsync<ByokApiException>(operation);
            Assert.Equal(ByokErrorKind.BadRequest, refused.Kind);
            Assert.DoesNotContain(refused.Message, char.IsControl);
        }

        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("../../workspaces")]
    [InlineData("a/b?c=d&limit=1#e")]
    [InlineData("a%2Fb%00")]
    [InlineData("openai HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET /")]
    [InlineData("a\0b\u001b[2J")]
    [InlineData("😀 ☃ \u202e é")]
    [InlineData("\"},{\"x\":\"")]
    [InlineData("' OR 1=1 --; $(id) `id` | & <script>")]
    public async Task Names_and_slugs_arrive_as_data(string text)
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });
        string id = server.Store.Keys[0].Id.ToString();
        using var client = new ByokClient(Connect(server));

        await client.UpdateKeyAsync(
            id,
            new UpdateByokKeyRequest
            {
                Settings = new ByokKeySettings().Set(KeyFields.Name, text).Set(KeyFields.AllowedModels, new AllowList([text])).Set(KeyFields.AllowedUserIds, new AllowList([text])),
            },
            null,
            TestContext.Current.CancellationToken);

        // The sandbox does not know the provider; only the received request is checked.
        await Assert.ThrowsAsync<ByokApiException>(() => client.CreateKeyAsync(new CreateByokKeyRequest { Provider = text, Key = Secrets.Secure(Secrets.NewKey()) }, null, TestContext.Current.CancellationToken));
        await client.ListKeysAsync(new ListByokKeysRequest { Provider = text }, null, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        SandboxKey stored = Assert.Single(server.Store.Keys);
        Assert.Equal(text, stored.Name);
        Assert.Equal([text], stored.AllowedModels!);
        Assert.Equal([text], stored.AllowedUserIds!);
        Assert.Equal(text, JsonDocument.Parse(server.Requests[1].Body).RootElement.GetProperty("provider").GetString());
        Assert.Equal([$"/api/v1/byok/{id}", "/api/v1/byok", "/api/v1/byok"], server.Requests.Select(request => request.Path));
        Assert.Equal(text, server.Requests[2].QueryValue("provider"));
        Assert.Equal("100", server.Requests[2].QueryValue("limit"));
        Assert.DoesNotContain(server.Requests, request => request.Headers.ContainsKey("X-Evil"));
    }

    [Fact]
    public async Task A_slug_that_is_too_long_for_an_address_is_one_clear_error()
    {
        await using SandboxServer server = await SandboxServer.StartAsync();
        using var client = new ByokClient(Connect(server));

        ByokApiException refused = await Assert.ThrowsAsync<ByokApiException>(
            async () => await client.ListKeysAsync(new ListByokKeysRequest { Provider = new string('a', 65_520) }, null, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));

        Assert.Equal(ByokErrorKind.BadRequest, refused.Kind);
        Assert.Null(refused.StatusCode);
        Assert.InRange(refused.Message.Length, 1, 500);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("X-Trace", "a\r\nX-Evil: 1")]
    [InlineData("X-Trace", "a\0")]
    [InlineData("X-Trace", "snow ☃")]
    [InlineData("X-Trace\r\nX-Evil", "1")]
    [InlineData("X Trace", "1")]
    [InlineData("X-Trace:", "1")]
    [InlineData("", "1")]
    [InlineData("Authorization", "Bearer other")]
    [InlineData("host", "example.com")]
    [InlineData("Content-Length", "0")]
    [InlineData("Transfer-Encoding", "chunked")]
    public void An_invalid_header_is_refused(string name, string value)
    {
        ByokApiException refused = Assert.Throws<ByokApiException>(() => new ByokClient(new ByokConnection
        {
            ApiKey = Secrets.Secure(Secrets.NewKey()), ExtraHeaders = new Dictionary<string, string> { [name] = value },
        }));

        Assert.Equal(ByokErrorKind.BadRequest, refused.Kind);
    }

    [Theory]
    [InlineData("sk-or\r\nX-Evil: 1")]
    [InlineData("sk-or 1")]
    [InlineData("sk-é")]
    [InlineData("")]
    public void An_invalid_management_key_is_refused_and_not_shown(string key)
    {
        ByokApiException refused = Assert.Throws<ByokApiException>(() => new ByokClient(new ByokConnection { ApiKey = Secrets.Secure(key) }));

        Assert.Equal(ByokErrorKind.NotConnected, refused.Kind);
        Assert.DoesNotContain("sk-", refused.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> RawKeys =>
    [
        "k", "plain-key", "k\"quoted\" \\ back\\\\slash / \b\f\n\r\tk", "k\0\u0001\u001f\u007f\u0080\u07ff\u0800\uffff", "😀🏳️‍🌈", "k\u2028\u2029\ufeff\ufffd", "</script>&<>'+",
        "{\r\n  \"private_key\": \"-----BEGIN PRIVATE KEY-----\\nMII\\n\",\r\n  \"é\": [1]\r\n}", " [1]\r\n",
    ];

    [Theory]
    [MemberData(nameof(RawKeys))]
    public async Task A_raw_key_of_any_characters_arrives_exactly(string key) => await AssertArrivesAsync(key);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_raw_key_of_64_KiB_arrives_exactly(int seed)
    {
        var random = new Random(seed);
        var key = new StringBuilder("k");
        while (key.Length < 65_534)
        {
            // Plain, needing escapes, any plane.
            key.Append(new Rune(random.Next(4) switch { 0 => random.Next(0x20, 0x7F), 1 => random.Next(0x20), 2 => random.Next(0xD800), _ => random.Next(0xE000, 0x110000) }).ToString());
        }

        await AssertArrivesAsync(key.Append('k', 65_536 - key.Length).ToString());
    }

    [Fact]
    public async Task A_raw_key_with_a_lone_surrogate_is_refused_before_anything_is_sent()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });
        using var client = new ByokClient(Connect(server));
        string id = server.Store.Keys[0].Id.ToString();

        // Not from an attribute: its text is UTF-8, which would change these characters.
        foreach (string key in new[] { "\ud83d", "\ude00\ud83d", "a\ud83db" })
        {
            ByokApiException refused = await Assert.ThrowsAsync<ByokApiException>(
                () => client.UpdateKeyAsync(id, new UpdateByokKeyRequest { Key = Secrets.Secure(key) }, null, TestContext.Current.CancellationToken));
            Assert.Equal("The raw key is not valid Unicode text: it has half of a surrogate pair. Nothing was sent.", refused.Message);
        }

        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData(" \r\n\t", "is blank")]
    [InlineData("\r\n", "is empty")]
    [InlineData("\ufeff", "is empty")]
    [InlineData("MZ\0\u0001", "is binary")]
    public void A_key_file_without_a_key_is_refused(string content, string reason) =>
        AssertRefused(Encoding.UTF8.GetBytes(content), reason);

    [Fact]
    public void A_key_file_that_is_not_UTF8_is_refused()
    {
        AssertRefused([0x73, 0x6B, 0xE9, 0x20], "is not UTF-8");
        AssertRefused([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("canary")], "is not UTF-8");
        AssertRefused([0xED, 0xA0, 0x80], "is not UTF-8");
        AssertRefused([0xC0, 0x80], "is not UTF-8");
    }

    [Fact]
    public void A_key_file_of_64_KiB_is_read_and_a_larger_one_refused()
    {
        using (System.Security.SecureString read = ReadFile(Encoding.UTF8.GetBytes(new string('k', 65_536)), null))
        {
            Assert.Equal(65_536, read.Length);
        }

        AssertRefused(Encoding.UTF8.GetBytes(new string('k', 65_537)), "is larger than 64 KiB");
        AssertRefused(new byte[10 * 1024 * 1024], "is larger than 64 KiB");
    }

    [Theory]
    [InlineData("sk-secret-é😀\n", "sk-secret-é😀")]
    [InlineData("sk-secret\r\n", "sk-secret")]
    [InlineData("sk-secret\r", "sk-secret")]
    [InlineData("sk-secret", "sk-secret")]
    [InlineData("{\"a\": 1}\n\n", "{\"a\": 1}\n")]
    public void The_byte_order_mark_and_one_line_break_at_the_end_of_a_file_are_dropped(string content, string expected)
    {
        using System.Security.SecureString read = ReadFile([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(content)], null);

        Assert.Equal(expected, new System.Net.NetworkCredential("", read).Password);
    }

    [Theory]
    [InlineData("canary\n\n", "ends with a line break")]
    [InlineData("canary \n", "ends with a space")]
    [InlineData("\ncanary", "starts with a line break")]
    [InlineData("\"canary\"\n", "starts with a quotation mark")]
    public void A_key_file_with_more_than_the_token_is_refused(string content, string reason) =>
        AssertRefused(Encoding.UTF8.GetBytes(content), reason);

    [Theory]
    [InlineData("google-vertex", """{"project_id":"canary-1"}""")]
    [InlineData("google-vertex", """["canary-1"]""")]
    [InlineData("google-vertex", """{"project_id":"canary-1" """)]
    [InlineData("azure", """{"api_key":"canary-1"}""")]
    [InlineData("azure", """["canary-1"]""")]
    [InlineData("amazon-bedrock", """{"accessKeyId":"canary-1"}""")]
    public void A_document_that_is_not_what_the_provider_takes_is_refused_and_not_quoted(string provider, string content) =>
        AssertRefused(Encoding.UTF8.GetBytes(content), "The key file", provider);

    [Fact]
    public void A_path_that_is_not_a_file_is_refused()
    {
        string folder = Directory.CreateTempSubdirectory("byok").FullName;
        try
        {
            Assert.Contains("is a directory", RefusalOf(folder), StringComparison.Ordinal);
            Assert.Contains("does not exist", RefusalOf(Path.Combine(folder, "missing.json")), StringComparison.Ordinal);
            Assert.Contains(Path.Combine(folder, "missing.json"), RefusalOf(Path.Combine(folder, "missing.json")), StringComparison.Ordinal);
            Assert.Contains(Path.Combine(folder, "sk-ant…"), RefusalOf(Path.Combine(folder, "sk-anthropic-0123456789")), StringComparison.Ordinal);
            Assert.Contains(Path.Combine(folder, "eyJhbG…"), RefusalOf(Path.Combine(folder, "eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl")), StringComparison.Ordinal);
            Assert.Contains("does not exist", RefusalOf(Path.Combine(folder, "no", "way.json")), StringComparison.Ordinal);
            Assert.Equal(ByokErrorKind.BadRequest, Assert.Throws<ByokApiException>(() => RawKeyFile.Read("", null)).Kind);
            Assert.DoesNotContain(RefusalOf(Path.Combine(folder, "a\u001b[2J.json")), char.IsControl);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_key_file_that_may_not_be_read_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Root may read everything.");
        string file = Path.GetTempFileName();
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file, UnixFileMode.None);
            }

            Assert.Contains("cannot be read", RefusalOf(file), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>A key given as a path is a mistake; the message must not repeat it.</summary>
    [Theory]
    [InlineData("{0}")]
    [InlineData("{0}/k7MDENG")]
    [InlineData("k7MDENG/{0}.eyJzdWIiOiIx.c2ln")]
    [InlineData("k7MDENG\\{0}")]
    public void A_key_given_as_a_path_is_not_repeated(string form)
    {
        string key = string.Format(CultureInfo.InvariantCulture, form, Secrets.NewKey());

        Secrets.AssertAbsent([RefusalOf(Path.Combine(Path.GetTempPath(), key)), RefusalOf($"{{\"private_key\": \"{key}\"}}")], key);
    }

    private static async Task AssertArrivesAsync(string key)
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });
        using var client = new ByokClient(Connect(server));

        await client.UpdateKeyAsync(
            server.Store.Keys[0].Id.ToString(), new UpdateByokKeyRequest { Key = Secrets.Secure(key) }, null, TestContext.Current.CancellationToken);

        using JsonDocument body = JsonDocument.Parse(Assert.Single(server.Requests).Body);
        Assert.Equal(key, Assert.Single(body.RootElement.EnumerateObject()).Value.GetString());
        Assert.Equal(key, server.Store.RawKey(server.Store.Keys[0].Id));
    }

    private static System.Security.SecureString ReadFile(byte[] content, string? provider)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, content);
            return RawKeyFile.Read(file, provider);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void AssertRefused(byte[] content, string reason, string? provider = null)
    {
        ByokApiException refused = Assert.Throws<ByokApiException>(() => ReadFile(content, provider));
        Assert.Equal(ByokErrorKind.BadRequest, refused.Kind);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);
    }

    private static string RefusalOf(string path) => Assert.Throws<ByokApiException>(() => RawKeyFile.Read(path, null)).ToString().Split('\n')[0];

    private static ByokConnection Connect(SandboxServer server) => new()
    {
        BaseUri = server.BaseUri, ApiKey = Secrets.Secure(server.ManagementKey), MaximumRetryCount = 0, TimeoutSec = 20,
    };
}
