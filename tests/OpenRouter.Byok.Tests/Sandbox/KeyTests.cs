using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class KeyTests
{
    private const string RawKey = "sk-0123456789-AbCd";

    [Fact]
    public async Task Creating_with_the_least_takes_the_defaults()
    {
        await using var api = await RawClient.StartAsync();

        var created = await api.PostAsync($$"""{"provider":"openai","key":"{{RawKey}}"}""");

        Assert.Equal(HttpStatusCode.Created, created.Status);
        ApiSchema.AssertValid("CreateBYOKKeyResponse", created.Body);
        Assert.Equal("sk-...AbCd", created.Field("label").GetString());
        Assert.Equal(api.Store.DefaultWorkspaceId, created.Field("workspace_id").GetGuid());
        Assert.Equal(JsonValueKind.Null, created.Field("name").ValueKind);
        Assert.DoesNotContain(RawKey, created.Body, StringComparison.Ordinal);
        Assert.Equal(RawKey, api.Store.RawKey(created.Id));
        Assert.Equal(created.Field("id").GetString(), (await api.GetAsync("/byok")).Ids.Single());
    }

    [Fact]
    public async Task Creating_with_everything_keeps_everything()
    {
        await using var api = await RawClient.StartAsync();
        var team = api.Store.AddWorkspace("Team");
        var hash = api.Store.AddApiKey();

        var created = await api.PostAsync($$"""
            {"provider":"a-new-one/2","key":"{{RawKey}}","name":"n","workspace_id":"{{team.Id}}","disabled":true,"is_byok_only":true,
             "is_required":true,"declared_zdr":false,"allowed_models":["a/b"],"allowed_user_ids":[],"allowed_api_key_hashes":["{{hash}}"]}
            """);

        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.Equal(
            ("a-new-one/2", "n", team.Id, true, true, true, false, false),
            (created.Field("provider").GetString(), created.Field("name").GetString(), created.Field("workspace_id").GetGuid(),
             created.Field("disabled").GetBoolean(), created.Field("is_byok_only").GetBoolean(), created.Field("is_required").GetBoolean(),
             created.Field("is_fallback").GetBoolean(), created.Field("declared_zdr").GetBoolean()));
        Assert.Equal("""["a/b"]""", created.Field("allowed_models").GetRawText());
        Assert.Equal("[]", created.Field("allowed_user_ids").GetRawText());
        Assert.Equal($"[\"{hash}\"]", created.Field("allowed_api_key_hashes").GetRawText());
    }

    [Theory]
    [InlineData("""{"key":"sk-0123456789"}""", "provider")]
    [InlineData("""{"provider":"openai"}""", "key")]
    [InlineData("""{"provider":"openai","key":""}""", "key")]
    [InlineData("""{"provider":"openai","key":null}""", "key")]
    [InlineData("""{"provider":"openai","key":1}""", "key")]
    [InlineData("""{"provider":null,"key":"k"}""", "provider")]
    [InlineData("""{"provider":"","key":"k"}""", "provider")]
    [InlineData("""{"provider":"Open AI","key":"k"}""", "provider")]
    [InlineData("""{"provider":"openai","key":"k","workspace_id":null}""", "workspace_id")]
    [InlineData("""{"provider":"openai","key":"k","workspace_id":"x"}""", "workspace_id")]
    [InlineData("""{"provider":"openai","key":"k","workspace_id":"00000000-0000-4000-8000-000000000000"}""", "workspace_id")]
    [InlineData("""{"provider":"openai","key":"k","id":"00000000-0000-4000-8000-000000000000"}""", "id")]
    [InlineData("""{"provider":"openai","key":"k","sort_order":1}""", "sort_order")]
    [InlineData("""{"provider":"openai","key":"k","key":"l"}""", "JSON")]
    [InlineData("""{"provider":"openai","key":"\ud800"}""", "JSON")]
    [InlineData("""{"provider":"openai","key":"k"} x""", "JSON")]
    [InlineData("""["provider"]""", "object")]
    [InlineData("", "JSON")]
    public async Task A_create_request_that_breaks_a_rule_answers_400(string body, string what)
    {
        await using var api = await RawClient.StartAsync();

        (await api.PostAsync(body)).AssertError(400, what);

        Assert.Equal(0, api.Store.Count);
    }

    [Theory]
    [InlineData("""{"disabled":null}""")]
    [InlineData("""{"is_fallback":null}""")]
    [InlineData("""{"is_required":"true"}""")]
    [InlineData("""{"is_byok_only":0}""")]
    [InlineData("""{"declared_zdr":"yes"}""")]
    [InlineData("""{"is_fallback":true,"is_byok_only":true}""")]
    [InlineData("""{"allowed_models":"a/b"}""")]
    [InlineData("""{"allowed_models":[1]}""")]
    [InlineData("""{"allowed_models":[null]}""")]
    [InlineData("""{"allowed_api_key_hashes":[]}""")]
    [InlineData("""{"allowed_api_key_hashes":["abc"]}""")]
    [InlineData("""{"allowed_api_key_hashes":["0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]}""")]
    [InlineData("""{"name":5}""")]
    [InlineData("""{"surprise":5}""")]
    public async Task A_field_that_breaks_a_rule_answers_400_on_create_and_on_update(string fields)
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        var key = api.Store.Keys[0];

        (await api.PostAsync("""{"provider":"openai","key":"k",""" + fields[1..])).AssertError(400);
        (await api.PatchAsync(key.Id, fields)).AssertError(400);

        Assert.Equal([key], api.Store.Keys);
    }

    [Theory]
    [InlineData("""{"provider":"openai"}""")]
    [InlineData("""{"workspace_id":"00000000-0000-4000-8000-000000000000"}""")]
    public async Task An_update_moves_neither_provider_nor_workspace(string body)
    {
        await using var api = await RawClient.StartAsync(seed: 1);

        (await api.PatchAsync(api.Store.Keys[0].Id, body)).AssertError(400, "Unknown field");
    }

    [Fact]
    public async Task A_name_has_at_most_255_characters_and_a_list_at_most_100_entries()
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        var id = api.Store.Keys[0].Id;

        Assert.Equal(HttpStatusCode.OK, (await api.PatchAsync(id, Name(255))).Status);
        (await api.PatchAsync(id, Name(256))).AssertError(400, "name");
        Assert.Equal(HttpStatusCode.OK, (await api.PatchAsync(id, Models(100))).Status);
        (await api.PatchAsync(id, Models(101))).AssertError(400, "allowed_models");

        static string Name(int length) =>
            "{\"name\":\"" + string.Concat(Enumerable.Repeat("\U0001F511", length)) + "\"}";
        static string Models(int count) =>
            "{\"allowed_models\":[" + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"m/{i}\"")) + "]}";
    }

    [Fact]
    public async Task An_update_changes_what_it_names_and_null_clears()
    {
        await using var api = await RawClient.StartAsync();
        var key = api.Store.Add("openai", RawKey, "before", added => added with
        {
            AllowedModels = ["a/b"],
            AllowedUserIds = ["u"],
            DeclaredZdr = true,
            IsRequired = true,
        });

        var updated = await api.PatchAsync(key.Id, """{"name":null,"allowed_models":null,"declared_zdr":null,"disabled":true}""");

        Assert.Equal(HttpStatusCode.OK, updated.Status);
        ApiSchema.AssertValid("UpdateBYOKKeyResponse", updated.Body);
        Assert.Equal(
            key with { Name = null, AllowedModels = null, DeclaredZdr = null, Disabled = true, Changes = 1 },
            api.Store.Find(key.Id));
        Assert.Equal(updated.Body, (await api.GetAsync(key.Id)).Body);
    }

    [Fact]
    public async Task A_rotation_changes_the_label_and_not_the_date()
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        var before = await api.GetAsync(api.Store.Keys[0].Id);

        var after = await api.PatchAsync(before.Id, """{"key":"new-0123456789-WxYz"}""");

        Assert.Equal("new...WxYz", after.Field("label").GetString());
        Assert.Equal(before.Field("created_at").GetString(), after.Field("created_at").GetString());
        Assert.Equal("new-0123456789-WxYz", api.Store.RawKey(before.Id));
        Assert.Equal(1, api.Store.Find(before.Id)!.Changes);
    }

    [Fact]
    public async Task Fallback_and_byok_only_exclude_each_other_across_requests()
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        var id = api.Store.Keys[0].Id;
        Assert.Equal(HttpStatusCode.OK, (await api.PatchAsync(id, """{"is_fallback":true}""")).Status);

        (await api.PatchAsync(id, """{"is_byok_only":true}""")).AssertError(400, "is_fallback");
        Assert.Equal(HttpStatusCode.OK, (await api.PatchAsync(id, """{"is_fallback":false,"is_byok_only":true}""")).Status);
    }

    [Fact]
    public async Task A_deleted_key_answers_404_and_its_material_is_gone()
    {
        await using var api = await RawClient.StartAsync(seed: 2);
        var id = api.Store.Keys[0].Id;

        var deleted = await api.DeleteAsync(id);

        Assert.Equal(HttpStatusCode.OK, deleted.Status);
        ApiSchema.AssertValid("DeleteBYOKKeyResponse", deleted.Body);
        (await api.GetAsync(id)).AssertError(404);
        (await api.PatchAsync(id, """{"disabled":true}""")).AssertError(404);
        (await api.DeleteAsync(id)).AssertError(404);
        Assert.Equal(1, (await api.GetAsync("/byok")).Total);
        var tombstone = Assert.Single(api.Store.Deleted);
        Assert.Null(tombstone.RawKey);
        Assert.NotNull(tombstone.DeletedAt);
        Assert.Null(api.Store.RawKey(id));
    }

    [Theory]
    [InlineData("not-a-uuid")]
    [InlineData("00000000-0000-4000-8000-000000000000")]
    [InlineData("%2e%2e")]
    public async Task An_id_that_is_no_key_answers_404(string id)
    {
        await using var api = await RawClient.StartAsync(seed: 1);

        (await api.SendAsync(HttpMethod.Get, $"/byok/{id}")).AssertError(404);
        (await api.SendAsync(HttpMethod.Patch, $"/byok/{id}", """{"disabled":true}""")).AssertError(404);
        (await api.SendAsync(HttpMethod.Delete, $"/byok/{id}")).AssertError(404);
    }

    [Fact]
    public async Task A_body_that_is_not_labelled_as_json_answers_400()
    {
        await using var api = await RawClient.StartAsync();
        using var content = new StringContent("""{"provider":"openai","key":"k"}""", Encoding.UTF8, "text/plain");

        using var response = await api.Http.PostAsync(
            new Uri(api.Server.BaseUri + "/byok"), content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Creation_is_dated_by_the_servers_clock_in_utc_with_milliseconds()
    {
        var clock = new FixedClock(new DateTimeOffset(2026, 8, 22, 12, 30, 15, 987, TimeSpan.FromHours(2)).AddTicks(6543));
        await using var api = await RawClient.StartAsync(options: new() { Time = clock });

        var created = await api.PostAsync("""{"provider":"openai","key":"k"}""");

        Assert.Equal("2026-08-22T10:30:15.987Z", created.Field("created_at").GetString());
        Assert.Equal(
            DateTimeOffset.Parse("2026-08-22T10:30:15.987Z", CultureInfo.InvariantCulture),
            api.Store.Find(created.Id)!.CreatedAt);
    }

    [Fact]
    public async Task Keys_of_a_provider_are_tried_in_order_of_creation()
    {
        await using var api = await RawClient.StartAsync();

        var first = await api.PostAsync("""{"provider":"openai","key":"k"}""");
        var other = await api.PostAsync("""{"provider":"mistral","key":"k"}""");
        var second = await api.PostAsync("""{"provider":"openai","key":"k"}""");

        Assert.Equal(
            (0, 0, 1),
            (first.Field("sort_order").GetInt32(), other.Field("sort_order").GetInt32(), second.Field("sort_order").GetInt32()));
    }

    [Theory]
    [InlineData("sk-0123456789-AbCd", "sk-...AbCd")]
    [InlineData("0123456789ab", "012...89ab")]
    [InlineData("0123456789a", "01...9a")]
    [InlineData("01234567", "01...67")]
    [InlineData("0123456", "...")]
    [InlineData("k", "...")]
    [InlineData("\U0001F511\U0001F511\U0001F5110123456789\U0001F511", "\U0001F511\U0001F511\U0001F511...789\U0001F511")]
    public void A_label_shows_the_ends_of_a_long_key_alone(string rawKey, string label) =>
        Assert.Equal(label, KeyLabel.Mask(rawKey));
}
