using System.Net;
using System.Text.Json;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class DeclaredRegionTests
{
    [Theory]
    [InlineData("openai", "europe", null, "europe")]
    [InlineData("fireworks", "us", "us", "us")]
    [InlineData("openai", "europe", "us", "refused")]
    [InlineData("openai", null, null, null)]
    [InlineData("openai", null, "global", "global")]
    [InlineData("openai", null, "europe", "refused")]
    [InlineData("azure", null, "europe", "europe")]
    [InlineData("anthropic", null, "europe", "refused")]
    [InlineData("anthropic", null, "global", "global")]
    public async Task A_create_takes_the_region_from_the_key_or_the_request(string provider, string? inKey, string? given, string? expected)
    {
        await using var api = await RawClient.StartAsync();
        var key = Key(inKey);

        var created = await api.PostAsync(JsonSerializer.Serialize(
            given is null ? (object)new { provider, key } : new { provider, key, declared_region = given }));

        if (expected == "refused")
        {
            created.AssertError(400, "declared_region");
            return;
        }

        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.Equal(expected, Region(created));
        ApiSchema.AssertValid("CreateBYOKKeyResponse", created.Body);
    }

    [Fact]
    public async Task A_rotation_derives_the_region_anew_and_null_clears_it()
    {
        await using var api = await RawClient.StartAsync();
        var created = await api.PostAsync(JsonSerializer.Serialize(new { provider = "openai", key = Key("europe") }));

        Assert.Equal("europe", Region(await api.PatchAsync(created.Id, """{"name":"n"}""")));
        Assert.Equal("us", Region(await api.PatchAsync(created.Id, JsonSerializer.Serialize(new { key = Key("us") }))));
        (await api.PatchAsync(created.Id, """{"declared_region":"europe"}""")).AssertError(400, "declared_region");
        Assert.Null(Region(await api.PatchAsync(created.Id, """{"declared_region":null}""")));
        Assert.Equal("us", Region(await api.PatchAsync(created.Id, """{"declared_region":"us"}""")));
        Assert.Null(Region(await api.PatchAsync(created.Id, """{"key":"sk-0123456789"}""")));
    }

    private static string? Region(Answer answer) =>
        answer.Json.GetProperty("data").TryGetProperty("declared_region", out var region) ? region.GetString() : null;

    private static string Key(string? region) =>
        region is null ? "sk-0123456789-AbCd" : JsonSerializer.Serialize(new { api_key = "sk-0123456789-AbCd", region });
}
