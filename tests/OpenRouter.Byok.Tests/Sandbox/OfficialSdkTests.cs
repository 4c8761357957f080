using System.Text.Json.Nodes;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

/// <summary>
/// The sandbox and the API description, tested with independent code: the official TypeScript SDK.
/// </summary>
public sealed class OfficialSdkTests
{
    [Fact]
    public async Task The_official_sdk_finds_no_difference()
    {
        await using var server = await SandboxServer.StartAsync(new() { SeedCount = 35 });

        var (exitCode, output) = await OfficialSdk.RunAsync(["byok.mjs"], new()
        {
            ["OPENROUTER_BASE_URL"] = server.BaseUri.ToString(),
            ["OPENROUTER_MANAGEMENT_KEY"] = server.ManagementKey,
        });

        Assert.True(exitCode == 0, output);
        Assert.Equal(8, output.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_api_description_has_what_the_pinned_sdk_has()
    {
        var (exitCode, output) = await OfficialSdk.RunAsync(["drift.mjs"]);

        Assert.True(exitCode == 0, output);
        Assert.Matches(@"has all \d{3} names of @openrouter/sdk \d", output);
    }

    [Fact]
    public async Task What_the_api_description_lacks_is_named()
    {
        var text = await File.ReadAllTextAsync(RepositoryRoot.Combine("tests", "byok.openapi.json"), TestContext.Current.CancellationToken);
        var description = JsonNode.Parse(text)!;
        var schemas = description["components"]!["schemas"]!;
        foreach (var schema in new[] { "BYOKKey", "CreateBYOKKeyRequest", "UpdateBYOKKeyRequest" })
        {
            Assert.True(schemas[schema]!["properties"]!.AsObject().Remove("is_required"));
        }

        Assert.True(schemas["ListBYOKKeysResponse"]!["properties"]!.AsObject().Remove("total_count"));
        Assert.True(schemas["BYOKProviderSlug"]!["enum"]!.AsArray().RemoveAll(slug => (string?)slug == "z-ai") == 1);
        var parameters = description["paths"]!["/byok"]!["get"]!["parameters"]!.AsArray();
        Assert.True(parameters.RemoveAll(parameter => (string?)parameter!["name"] == "provider") == 1);
        Assert.True(description["paths"]!["/byok"]!["post"]!["responses"]!.AsObject().Remove("403"));
        Assert.True(description["paths"]!["/byok/{id}"]!.AsObject().Remove("delete"));
        var path = Path.Combine(AppContext.BaseDirectory, $"less-{Guid.NewGuid():N}.openapi.json");
        await File.WriteAllTextAsync(path, description.ToJsonString(), TestContext.Current.CancellationToken);

        var (exitCode, output) = await OfficialSdk.RunAsync(["drift.mjs", path]);

        File.Delete(path);
        Assert.Equal(1, exitCode);
        Assert.Equal(
            [
                "field of BYOKKey: is_required", "field of CreateBYOKKeyRequest: is_required", "field of UpdateBYOKKeyRequest: is_required",
                "field of ListBYOKKeysResponse: total_count", "parameter of listBYOKKeys: provider", "provider slug: z-ai",
                "operation: deleteBYOKKey", "status of createBYOKKey: 403",
            ],
            output.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal)).Select(line => line.Trim()));
    }
}
