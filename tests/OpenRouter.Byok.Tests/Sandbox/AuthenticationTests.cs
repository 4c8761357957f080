using System.Net;
using System.Net.Http.Headers;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class AuthenticationTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("Bearer sk-or-v1-ordinary")]
    [InlineData("Bearer ")]
    [InlineData("Basic c2s6b3I=")]
    public async Task A_missing_or_wrong_key_answers_401(string? authorization)
    {
        await using var api = await RawClient.StartAsync(seed: 1);
        api.Http.DefaultRequestHeaders.Authorization =
            authorization is null ? null : AuthenticationHeaderValue.Parse(authorization);

        (await api.GetAsync("/byok")).AssertError(401);
        (await api.PostAsync("""{"provider":"openai","key":"sk-0123456789abc"}""")).AssertError(401);
        (await api.DeleteAsync(api.Store.Keys[0].Id)).AssertError(401);
        (await api.GetAsync("/workspaces")).AssertError(401);

        Assert.Equal(1, api.Store.Count);
    }

    [Fact]
    public async Task The_management_key_is_admitted()
    {
        await using var api = await RawClient.StartAsync(options: new() { ManagementKey = "sk-or-v1-mine" });

        Assert.Equal("sk-or-v1-mine", api.Server.ManagementKey);
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("/byok")).Status);
    }

    [Theory]
    [InlineData("GET", "/byok/")]
    [InlineData("GET", "/nothing")]
    [InlineData("GET", "/byok/a/b")]
    [InlineData("GET", "/byok/..%2Fworkspaces")]
    public async Task An_unknown_path_answers_404(string method, string path)
    {
        await using var api = await RawClient.StartAsync();

        (await api.SendAsync(new HttpMethod(method), path)).AssertError(404);
    }

    [Fact]
    public async Task An_unknown_method_answers_405()
    {
        await using var api = await RawClient.StartAsync();

        (await api.SendAsync(HttpMethod.Put, "/byok", "{}")).AssertError(405);
        (await api.SendAsync(HttpMethod.Delete, "/byok")).AssertError(405);
        (await api.SendAsync(HttpMethod.Post, $"/byok/{Guid.NewGuid()}", "{}")).AssertError(405);
    }
}
