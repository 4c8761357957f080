using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Reliability;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class KeyTests
{
    private const string RawKey = "sk-0123456789-AbCd";

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer sk-or-v1-ordinary")]
    [InlineData("Bearer ")]
    [InlineData("Basic c2s6b3I=")]
    public async Task A_missing_or_wrong_management_key_returns_401(string? authorization)
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        api.Http.DefaultRequestHeaders.Authorization = authorization is null ? null : AuthenticationHeaderValue.Parse(authorization);

        (await api.GetAsync("/byok")).AssertError(401);
        (await api.PostAsync($$"""{"provider":"openai","key":"{{RawKey}}"}""")).AssertError(401);
        (await api.DeleteAsync(api.Ids[0])).AssertError(401);
        (await api.GetAsync("/workspaces")).AssertError(401);

        Assert.Equal(1, api.Store.Count);
    }

    [Theory]
    [InlineData("GET", "/byok/", 404)]
    [InlineData("GET", "/nothing", 404)]
    [InlineData("GET", "/byok/a/b", 404)]
    [InlineData("GET", "/byok/..%2Fworkspaces", 404)]
    [InlineData("PUT", "/byok", 405)]
    [InlineData("DELETE", "/byok", 405)]
    [InlineData("POST", "/byok/00000000-0000-4000-8000-000000000000", 405)]
    public async Task An_unknown_path_returns_404_and_an_unknown_method_405(string method, string path, int status)
    {
        await using var api = await RawClient.StartAsync();

        (await api.SendAsync(new HttpMethod(method), path)).AssertError(status);
    }

    [Fact]
    public async Task Creating_with_the_least_takes_the_defaults()
    {
        await using var api = await RawClient.StartAsync();

        var created = (await api.PostAsync($$"""{"provider":"openai","key":"{{RawKey}}"}""")).AssertValid("CreateBYOKKeyResponse");

        Assert.Equal(("\"sk-...AbCd\"", "null", "false"), (created["label"], created["name"], created["disabled"]));
        Assert.Equal($"\"{api.Store.DefaultWorkspaceId}\"", created["workspace_id"]);
        Assert.DoesNotContain(RawKey, created.Body, StringComparison.Ordinal);
        Assert.Equal(RawKey, api.Store.RawKey(created.Id));
        Assert.Equal(created.Id, (await api.GetAsync("/byok")).Ids.Single());
    }

    [Fact]
    public async Task Creating_with_everything_keeps_everything()
    {
        await using var api = await RawClient.StartAsync();
        var fields = $$"""
            "provider":"a-new-one/2","name":"n","workspace_id":"{{api.Store.AddWorkspace("Team").Id}}","disabled":true,"is_byok_only":true,"is_required":true,
            "declared_zdr":false,"allowed_models":["a/b"],"allowed_user_ids":[],"allowed_api_key_hashes":["{{api.Store.AddApiKey()}}"]
            """;

        var created = await api.PostAsync($$"""{"key":"{{RawKey}}",{{fields}}}""");

        foreach (var field in JsonElement.Parse($"{{{fields}}}").EnumerateObject())
        {
            Assert.Equal(field.Value.GetRawText(), created[field.Name]);
        }
    }

    [Theory]
    [InlineData("""{"disabled":null}""", "disabled")]
    [InlineData("""{"surprise":5}""", "Unknown field")]
    [InlineData("""{"is_fallback":true,"is_byok_only":true}""", "is_fallback")]
    [InlineData("""{"allowed_api_key_hashes":["0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]}""", "belong")]
    [InlineData("""{"declared_region":"europe"}""", "declared_region")]
    [InlineData("[", "JSON")]
    public async Task A_request_that_breaks_a_rule_returns_400_and_changes_nothing(string fields, string message)
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        var key = api.Store.Keys[0];

        (await api.PostAsync("""{"provider":"groq","key":"k",""" + fields[1..])).AssertError(400, message);
        (await api.PatchAsync(key.Id, fields)).AssertError(400, message);

        Assert.Equal([key], api.Store.Keys);
    }

    [Fact]
    public async Task A_name_has_at_most_255_characters_and_a_list_at_most_100_entries()
    {
        await using var api = await RawClient.StartAsync(seed: 1);

        (await api.PatchAsync(api.Ids[0], Name(255))).AssertValid("UpdateBYOKKeyResponse");
        (await api.PatchAsync(api.Ids[0], Name(256))).AssertError(400, "name");
        (await api.PatchAsync(api.Ids[0], Models(100))).AssertValid("UpdateBYOKKeyResponse");
        (await api.PatchAsync(api.Ids[0], Models(101))).AssertError(400, "allowed_models");

        static string Name(int length) => JsonSerializer.Serialize(new { name = string.Concat(Enumerable.Repeat("\U0001F511", length)) });
        static string Models(int count) => JsonSerializer.Serialize(new { allowed_models = Enumerable.Repeat("m", count) });
    }

    [Fact]
    public async Task An_update_changes_what_it_names_and_null_clears()
    {
        await using var api = await RawClient.StartAsync();
        var key = api.Store.Add("openai", RawKey, "before", added => added with { AllowedModels = ["a/b"], AllowedUserIds = ["u"], DeclaredZdr = true, IsRequired = true });

        var updated = await api.PatchAsync(key.Id, """{"name":null,"allowed_models":null,"declared_zdr":null,"disabled":true}""");

        Assert.Equal(key with { Name = null, AllowedModels = null, DeclaredZdr = null, Disabled = true, Changes = 1 }, api.Store.Find(key.Id));
        Assert.Equal(updated.AssertValid("UpdateBYOKKeyResponse").Body, (await api.GetAsync(key.Id)).Body);
    }

    [Fact]
    public async Task A_rotation_changes_the_label_and_not_the_date()
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        var before = await api.GetAsync(api.Ids[0]);

        var after = await api.PatchAsync(before.Id, """{"key":"new-0123456789-WxYz"}""");

        Assert.Equal(("\"new...WxYz\"", before["created_at"]), (after["label"], after["created_at"]));
        Assert.Equal(("new-0123456789-WxYz", 1), (api.Store.RawKey(before.Id), api.Store.Find(before.Id)!.Changes));
    }

    [Fact]
    public async Task Fallback_and_byok_only_cannot_be_combined_across_requests()
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        await api.PatchAsync(api.Ids[0], """{"is_fallback":true}""");

        (await api.PatchAsync(api.Ids[0], """{"is_byok_only":true}""")).AssertError(400, "is_fallback");
        Assert.Equal("true", (await api.PatchAsync(api.Ids[0], """{"is_fallback":false,"is_byok_only":true}"""))["is_byok_only"]);
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
    public async Task The_region_comes_from_the_key_or_the_request_or_is_refused(string provider, string? inKey, string? given, string? expected)
    {
        await using var api = await RawClient.StartAsync();
        var key = RegionalKey(inKey);

        var created = await api.PostAsync(JsonSerializer.Serialize(given is null ? (object)new { provider, key } : new { provider, key, declared_region = given }));

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
        var id = (await api.PostAsync(JsonSerializer.Serialize(new { provider = "openai", key = RegionalKey("europe") }))).Id;

        Assert.Equal("\"europe\"", (await api.PatchAsync(id, """{"name":"n"}"""))["declared_region"]);
        Assert.Equal("\"us\"", (await api.PatchAsync(id, JsonSerializer.Serialize(new { key = RegionalKey("us") })))["declared_region"]);
        (await api.PatchAsync(id, """{"declared_region":"europe"}""")).AssertError(400, "declared_region");
        Assert.Equal("null", (await api.PatchAsync(id, """{"declared_region":null}"""))["declared_region"]);
        Assert.Equal("\"us\"", (await api.PatchAsync(id, """{"declared_region":"us"}"""))["declared_region"]);
        Assert.Equal("null", (await api.PatchAsync(id, """{"key":"{ no document"}"""))["declared_region"]);
    }

    [Fact]
    public async Task A_deleted_key_returns_404_and_its_raw_key_is_gone()
    {
        await using var api = await RawClient.StartAsync(seed: 2);
        var id = api.Ids[0];

        (await api.DeleteAsync(id)).AssertValid("DeleteBYOKKeyResponse");

        (await api.GetAsync(id)).AssertError(404);
        (await api.PatchAsync(id, """{"disabled":true}""")).AssertError(404);
        (await api.DeleteAsync(id)).AssertError(404);
        Assert.Equal(1, (await api.GetAsync("/byok")).Total);
        var tombstone = Assert.Single(api.Store.Deleted);
        Assert.Null(tombstone.RawKey);
        Assert.NotNull(tombstone.DeletedAt);
    }

    [Theory]
    [InlineData("not-a-uuid")]
    [InlineData("00000000-0000-4000-8000-000000000000")]
    [InlineData("%2e%2e")]
    public async Task An_unknown_id_returns_404(string id)
    {
        await using var api = await RawClient.StartAsync(seed: 1);

        (await api.SendAsync(HttpMethod.Get, $"/byok/{id}")).AssertError(404);
        (await api.SendAsync(HttpMethod.Patch, $"/byok/{id}", """{"disabled":true}""")).AssertError(404);
        (await api.SendAsync(HttpMethod.Delete, $"/byok/{id}")).AssertError(404);
    }

    [Fact]
    public async Task A_body_that_is_not_labelled_as_json_returns_400()
    {
        await using var api = await RawClient.StartAsync();
        using var content = new StringContent("""{"provider":"openai","key":"k"}""", Encoding.UTF8, "text/plain");

        using var response = await api.Http.PostAsync(new Uri(api.Server.BaseUri + "/byok"), content, TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Creation_is_dated_by_the_clock_of_the_server_in_utc_with_milliseconds()
    {
        var clock = new CountingTime();
        clock.Advance(TimeSpan.FromMilliseconds(15_987) + TimeSpan.FromTicks(6543));
        await using var api = await RawClient.StartAsync(options: new() { Time = clock });

        var created = await api.PostAsync("""{"provider":"openai","key":"k"}""");

        Assert.Equal("\"2026-01-01T00:00:15.987Z\"", created["created_at"]);
        Assert.Equal(clock.GetUtcNow().AddTicks(-6543), api.Store.Find(created.Id)!.CreatedAt);
        Assert.Equal(clock.GetUtcNow().AddMilliseconds(-987).AddTicks(-6543), created.Headers.Date);
    }

    [Fact]
    public async Task The_sort_order_counts_the_keys_of_a_provider()
    {
        await using var api = await RawClient.StartAsync();
        var orders = new List<string>();

        foreach (var provider in new[] { "openai", "mistral", "openai" })
        {
            orders.Add((await api.PostAsync($$"""{"provider":"{{provider}}","key":"k"}"""))["sort_order"]);
        }

        Assert.Equal(["0", "0", "1"], orders);
    }

    [Theory]
    [InlineData("sk-0123456789-AbCd", "sk-...AbCd")]
    [InlineData("0123456789ab", "012...89ab")]
    [InlineData("0123456789a", "01...9a")]
    [InlineData("01234567", "01...67")]
    [InlineData("0123456", "...")]
    [InlineData("\U0001F511\U0001F511\U0001F5110123456789\U0001F511", "\U0001F511\U0001F511\U0001F511...789\U0001F511")]
    public void A_label_shows_the_ends_of_a_long_key_alone(string rawKey, string label) => Assert.Equal(label, KeyLabel.Mask(rawKey));

    private static string RegionalKey(string? region) => region is null ? RawKey : JsonSerializer.Serialize(new { api_key = RawKey, region });
}
