using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Reliability;

namespace OpenRouter.Byok.Tests.StandIn;

/// <summary>The rules of the API that neither the official SDK (<see cref="OfficialSdkTests"/>) nor the module's tests notice.</summary>
public sealed class ApiTests
{
    private const string RawKey = "sk-0123456789-AbCd";
    private const string UnknownId = "00000000-0000-4000-8000-000000000000";
    private const string UnknownHash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer sk-or-v1-ordinary")]
    [InlineData("Basic c2s6b3I=")]
    public async Task A_missing_or_wrong_management_key_returns_401(string? authorization)
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        api.Http.DefaultRequestHeaders.Authorization = authorization is null ? null : AuthenticationHeaderValue.Parse(authorization);

        (await api.GetAsync("/byok")).AssertError(401);
        (await api.DeleteAsync(api.Ids[0])).AssertError(401);
        (await api.GetAsync("/workspaces")).AssertError(401);

        Assert.Equal(1, api.Store.Count);
    }

    [Theory]
    [InlineData("GET", "/byok/", null, 404)]
    [InlineData("GET", "/byok/a/b", null, 404)]
    [InlineData("GET", "/byok/..%2Fworkspaces", null, 404)]
    [InlineData("PUT", "/byok", "{}", 404)]
    [InlineData("GET", "/byok/not-a-uuid", null, 404)]
    [InlineData("GET", "/byok/" + UnknownId, null, 404)]
    [InlineData("PATCH", "/byok/" + UnknownId, """{"disabled":true}""", 404)]
    [InlineData("DELETE", "/byok/" + UnknownId, null, 404)]
    [InlineData("GET", "/byok?limit=0", null, 400, "/limit")]
    [InlineData("GET", "/byok?limit=101", null, 400, "/limit")]
    [InlineData("GET", "/byok?limit=ten", null, 400, "/limit")]
    [InlineData("GET", "/byok?offset=-1", null, 400, "/offset")]
    [InlineData("GET", "/byok?offset=1.5", null, 400, "/offset")]
    [InlineData("GET", "/byok?offset=", null, 400, "/offset")]
    [InlineData("GET", "/byok?workspace_id=mine", null, 400, "/workspace_id")]
    [InlineData("GET", "/byok?workspace_id=" + UnknownId, null, 400, "workspace_id")]
    [InlineData("GET", "/byok?provider=", null, 400, "/provider")]
    [InlineData("GET", "/byok?page=2", null, 400, "/page")]
    [InlineData("GET", "/workspaces?provider=openai", null, 400, "/provider")]
    [InlineData("POST", "/byok", """{"provider":"groq","key":"k","surprise":5}""", 400, "Unknown field")]
    [InlineData("POST", "/byok", """{"provider":"groq","key":"k","is_fallback":true,"is_byok_only":true}""", 400, "is_fallback")]
    [InlineData("POST", "/byok", "{\"provider\":\"groq\",\"key\":\"k\",\"workspace_id\":\"" + UnknownId + "\"}", 400, "workspace_id")]
    [InlineData("PATCH", "/byok/{id}", """{"disabled":null}""", 400, "disabled")]
    [InlineData("PATCH", "/byok/{id}", """{"is_fallback":true,"is_byok_only":true}""", 400, "is_fallback")]
    [InlineData("PATCH", "/byok/{id}", "{\"allowed_api_key_hashes\":[\"" + UnknownHash + "\"]}", 400, "belong")]
    [InlineData("PATCH", "/byok/{id}", "[", 400, "JSON")]
    public async Task A_request_that_breaks_a_rule_is_refused_and_changes_nothing(
        string method, string path, string? body, int status, string message = "")
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        var key = api.Store.Keys[0];

        var target = path.Replace("{id}", $"{key.Id}", StringComparison.Ordinal);
        (await api.SendAsync(new HttpMethod(method), target, body)).AssertError(status, message);

        Assert.Equal([key], api.Store.Keys);
    }

    [Fact]
    public async Task A_body_that_is_not_labelled_as_json_returns_400()
    {
        await using var api = await RawClient.StartAsync();
        using var content = new StringContent("""{"provider":"openai","key":"k"}""", Encoding.UTF8, "text/plain");

        using var response = await api.Http.PostAsync("api/v1/byok", content, TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData("", 50, 81)]
    [InlineData("?offset=5&limit=7", 7, 81)]
    [InlineData("?offset=80", 1, 81)]
    [InlineData("?offset=9223372036854775807", 0, 81)]
    [InlineData("?provider=anthropic", 10, 10)]
    [InlineData("?provider=amazon-bedrock%2Fclaude-on-aws", 1, 1)]
    [InlineData("?provider=never%20heard%20of", 0, 0)]
    public async Task A_list_returns_its_page_and_the_count_of_its_filter(string query, int keys, int total)
    {
        await using var api = await RawClient.StartAsync(seed: 80);
        api.Store.Add("amazon-bedrock/claude-on-aws", "bedrock-key-0123456789");

        var page = (await api.GetAsync($"/byok{query}")).AssertValid("ListBYOKKeysResponse");

        Assert.Equal((keys, total), (page.Ids.Count, page.Total));
    }

    [Fact]
    public async Task A_workspace_lists_its_own_keys_and_the_global_ones()
    {
        await using var api = await RawClient.StartAsync(seed: 4);
        var team = api.Store.AddWorkspace("Team");
        var own = api.Store.Add("openai", "sk-own-0123456789", with: key => key with { WorkspaceId = team.Id }).Id;
        var global = api.Store.Add("openai", "sk-global-0123456789", with: key => key with { WorkspaceId = null }).Id;

        Assert.Equal([own, global], (await api.GetAsync($"/byok?workspace_id={team.Id}")).Ids);
        Assert.Equal(api.Ids.Where(id => id != own), (await api.GetAsync("/byok")).Ids);
    }

    [Theory]
    [InlineData("openai", "europe", null, "\"europe\"")]
    [InlineData("fireworks", "us", "us", "\"us\"")]
    [InlineData("openai", "europe", "us", null)]
    [InlineData("openai", null, null, "null")]
    [InlineData("openai", null, "global", "\"global\"")]
    [InlineData("openai", null, "europe", null)]
    [InlineData("azure", null, "europe", "\"europe\"")]
    [InlineData("anthropic", null, "europe", null)]
    [InlineData("anthropic", null, "global", "\"global\"")]
    public async Task The_region_comes_from_the_key_or_the_request_or_is_refused(
        string provider, string? inKey, string? given, string? expected)
    {
        await using var api = await RawClient.StartAsync();
        var request = new Dictionary<string, string> { ["provider"] = provider, ["key"] = RegionalKey(inKey) };
        if (given is not null)
        {
            request["declared_region"] = given;
        }

        var created = await api.PostAsync(JsonSerializer.Serialize(request));

        if (expected is null)
        {
            created.AssertError(400, "declared_region");
        }
        else
        {
            Assert.Equal(expected, created.AssertValid("CreateBYOKKeyResponse")["declared_region"]);
        }
    }

    [Fact]
    public async Task A_rotation_derives_the_region_anew_and_null_clears_it()
    {
        await using var api = await RawClient.StartAsync();
        var id = api.Store.Add("openai", RegionalKey("europe"), with: key => key with { DeclaredRegion = "europe" }).Id;

        Assert.Equal("\"europe\"", (await api.PatchAsync(id, """{"name":"n"}"""))["declared_region"]);
        Assert.Equal("\"us\"", (await api.PatchAsync(id, JsonSerializer.Serialize(new { key = RegionalKey("us") })))["declared_region"]);
        (await api.PatchAsync(id, """{"declared_region":"europe"}""")).AssertError(400, "declared_region");
        Assert.Equal("null", (await api.PatchAsync(id, """{"declared_region":null}"""))["declared_region"]);
        Assert.Equal("null", (await api.PatchAsync(id, """{"key":"{ no document"}"""))["declared_region"]);
    }

    [Fact]
    public async Task Creation_is_dated_by_the_clock_of_the_server_in_utc_with_milliseconds()
    {
        var clock = new CountingTime();
        clock.Advance(TimeSpan.FromMilliseconds(15_987) + TimeSpan.FromTicks(6543));
        await using var api = await RawClient.StartAsync(options: new() { Time = clock });

        var created = await api.PostAsync("""{"provider":"openai","key":"k"}""");

        Assert.Equal("\"2026-01-01T00:00:15.987Z\"", created["created_at"]);
        Assert.Equal(clock.GetUtcNow().AddTicks(-6543), api.Store.Keys[0].CreatedAt);
        Assert.Equal(clock.GetUtcNow().AddMilliseconds(-987).AddTicks(-6543), created.Headers.Date);
    }

    [Theory]
    [InlineData("sk-0123456789-AbCd", "sk-...AbCd")]
    [InlineData("0123456789ab", "012...89ab")]
    [InlineData("0123456789a", "01...9a")]
    [InlineData("01234567", "01...67")]
    [InlineData("0123456", "...")]
    [InlineData("\U0001F511\U0001F511\U0001F5110123456789\U0001F511", "\U0001F511\U0001F511\U0001F511...789\U0001F511")]
    public void A_label_shows_the_ends_of_a_long_key_alone(string rawKey, string label) => Assert.Equal(label, KeyLabel.Mask(rawKey));

    private static string RegionalKey(string? region) =>
        region is null ? RawKey : JsonSerializer.Serialize(new { api_key = RawKey, region });
}
