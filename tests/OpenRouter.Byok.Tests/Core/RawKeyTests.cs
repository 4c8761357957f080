using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Core;

/// <summary>Which raw keys are refused before anything is sent, and what a rotation does to the declared region.</summary>
public sealed class RawKeyTests
{
    private const string Canary = "canary";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData($"{Canary}\n", "ends with a line break")]
    [InlineData($"{Canary}\r\n", "ends with a line break")]
    [InlineData($"{Canary}\u2028", "ends with a line break")]
    [InlineData($"{Canary} ", "ends with a space")]
    [InlineData($"{Canary}\t", "ends with a tab")]
    [InlineData($"{Canary}\u00A0", "ends with white space")]
    [InlineData($"{Canary}\"", "ends with a quotation mark")]
    [InlineData($"{Canary}\0", "ends with an invisible character")]
    [InlineData($"{Canary}\u200B", "ends with an invisible character")]
    [InlineData($"\n{Canary}", "starts with a line break")]
    [InlineData($" {Canary}", "starts with a space")]
    [InlineData($"\uFEFF{Canary}", "starts with an invisible character")]
    [InlineData($"\"{Canary}\"", "starts with a quotation mark")]
    [InlineData($"'{Canary}'", "starts with a quotation mark")]
    [InlineData($"\u201C{Canary}\u201D", "starts with a quotation mark")]
    [InlineData($"{{{Canary}}} ", "ends with a space")]
    [InlineData(" \r\n\t", "is blank")]
    [InlineData("", "is empty")]
    public async Task A_token_with_something_at_its_ends_is_refused_and_not_quoted(string key, string problem)
    {
        await AssertRefusedAsync(key, "mistral", problem);
        await AssertRefusedAsync(key, provider: null, problem);
    }

    [Theory]
    [InlineData("google-vertex", """{"project_id":"p","private_key":"k","client_email":"e"}""")]
    [InlineData("google-vertex", """{"type":"service_account","project_id":"p","private_key":"k\n","client_email":"e","region":"europe-west1","bucket":"b"}""" + "\r\n")]
    [InlineData("Google-Vertex", """{"project_id":"p","private_key":"k","client_email":"e"}""")]
    [InlineData("azure", """[{"api_key":"k","resource_name":"r","resource_type":"t"},{"api_key":"k","model_slug":"m","endpoint_url":"u"}]""")]
    [InlineData("amazon-bedrock", "a-token")]
    [InlineData("amazon-bedrock", """ {"accessKeyId":"a","secretAccessKey":"s","region":"r"}""")]
    [InlineData("openai", "sk-proj-a-token")]
    [InlineData("openai", """{"api_key":"sk","region":"europe"}""")]
    [InlineData("fireworks", "fw-a-token")]
    [InlineData("fireworks", """{"api_key":"fw","region":"us"}""")]
    [InlineData("anthropic", """{"anything":1}""")]
    [InlineData("anthropic", "{not json}")]
    [InlineData("not-listed-yet", "[1, 2]\n")]
    [InlineData(null, """{"anything":1}""")]
    [InlineData(null, "inner white space \n and \"quotes\" are the provider's")]
    public void A_raw_key_in_the_form_of_its_provider_is_accepted(string? provider, string key)
    {
        using var secret = SandboxAccount.Secure(key);
        Assert.Null(RawKey.FindProblem(secret, provider));
        RawKey.Check(secret, provider);
    }

    [Theory]
    [InlineData("google-vertex", "canary not json at all", "is not valid JSON: Vertex requires")]
    [InlineData("google-vertex", """{"project_id":"canary" """, "is not valid JSON: Vertex requires")]
    [InlineData("google-vertex", """["canary"]""", "has the wrong format: Vertex requires")]
    [InlineData("google-vertex", "\"canary\"", "has the wrong format: Vertex requires")]
    [InlineData("google-vertex", """{"project_id":"canary"}""", "lacks private_key, client_email: Vertex requires")]
    [InlineData("google-vertex", """{"project_id":"canary","private_key":"","client_email":7}""", "lacks private_key, client_email: Vertex requires")]
    [InlineData("google-vertex", """{"project_id":"canary","private_key":"k","client_email":"e","region":["canary"]}""", "has no valid text in region: Vertex requires")]
    [InlineData("google-vertex", """{"inner":{"project_id":"canary","private_key":"k","client_email":"e"}}""", "lacks project_id, private_key, client_email: Vertex requires")]
    [InlineData("azure", "canary-token", "is not valid JSON: Azure requires")]
    [InlineData("azure", """{"api_key":"canary"}""", "has the wrong format: Azure requires")]
    [InlineData("azure", "[]", "is an empty array: Azure requires")]
    [InlineData("azure", """[{"api_key":"canary"},"canary"]""", "has the wrong format: Azure requires")]
    [InlineData("azure", """[{"api_key":"canary"},{"resource_name":"canary"}]""", "lacks api_key: Azure requires")]
    [InlineData("amazon-bedrock", """{"accessKeyId":"canary"}""", "lacks secretAccessKey, region: Bedrock accepts")]
    [InlineData("amazon-bedrock", "{canary}", "is not valid JSON: Bedrock accepts")]
    [InlineData("amazon-bedrock", """["canary"]""", "has the wrong format: Bedrock accepts")]
    [InlineData("amazon-bedrock", "canary\n", "ends with a line break")]
    [InlineData("openai", """{"api_key":"canary"}""", "lacks region: OpenAI accepts")]
    [InlineData("openai", """{"region":"canary"}""", "lacks api_key: OpenAI accepts")]
    [InlineData("openai", " canary", "starts with a space")]
    [InlineData("fireworks", """{"api_key":"canary","region":7}""", "lacks region: Fireworks accepts")]
    public async Task A_key_that_is_not_the_required_document_is_refused_and_not_quoted(string provider, string key, string problem) =>
        await AssertRefusedAsync(key, provider, problem);

    [Fact]
    public async Task A_raw_key_whose_provider_is_unknown_is_sent_as_it_is()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        SandboxKey stored = account.Server.Store.Keys[0];
        using var secret = SandboxAccount.Secure("""{"any":"document"}""");
        await account.Client.UpdateKeyAsync(stored.Id.ToString(), new UpdateByokKeyRequest { Key = secret }, cancellationToken: Stop);
        Assert.Equal("""{"any":"document"}""", account.Server.Store.RawKey(stored.Id));
        Assert.DoesNotContain("provider", account.Server.Requests[^1].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai", "europe", "sk-a-token", null)]
    [InlineData("openai", "global", "sk-a-token", null)]
    [InlineData("Fireworks", "us", "fw-a-token", null)]
    [InlineData("openai", "europe", """{"api_key":"sk","region":"us"}""", "us")]
    [InlineData("openai", null, """{"api_key":"sk","region":"us"}""", "us")]
    [InlineData("fireworks", "us", """{"api_key":"fw"}""", null)]
    [InlineData("openai", "us", "{broken", null)]
    public void A_rotation_that_changes_the_declared_region_is_told(string provider, string? region, string key, string? expected)
    {
        using var secret = SandboxAccount.Secure(key);
        Assert.Equal(new KeyDifference("DeclaredRegion", region, expected), RawKey.FindRegionChange(secret, provider, region));
    }

    [Theory]
    [InlineData("openai", null, "sk-a-token")]
    [InlineData("openai", "us", """{"api_key":"sk","region":"us"}""")]
    [InlineData("azure", "europe", """[{"api_key":"k"}]""")]
    [InlineData("anthropic", "europe", "sk-ant-a-token")]
    [InlineData(null, "europe", "sk-a-token")]
    public void A_rotation_that_leaves_the_declared_region_is_no_change(string? provider, string? region, string key)
    {
        using var secret = SandboxAccount.Secure(key);
        Assert.Null(RawKey.FindRegionChange(secret, provider, region));
    }

    /// <summary>Neither a create nor an update sends the raw key.</summary>
    private static async Task AssertRefusedAsync(string key, string? provider, string problem)
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        using var secret = SandboxAccount.Secure(key);
        var refusals = new List<ByokApiException>
        {
            await Assert.ThrowsAsync<ByokApiException>(() => account.Client.UpdateKeyAsync(
                account.Server.Store.Keys[0].Id.ToString(), new UpdateByokKeyRequest { Key = secret, Provider = provider }, cancellationToken: Stop)),
        };
        if (provider is not null)
        {
            refusals.Add(await Assert.ThrowsAsync<ByokApiException>(() => account.Client.CreateKeyAsync(
                new CreateByokKeyRequest { Key = secret, Provider = provider }, cancellationToken: Stop)));
        }

        Assert.All(refusals, refusal =>
        {
            Assert.Equal(ByokErrorKind.BadRequest, refusal.Kind);
            Assert.StartsWith($"The raw key {problem}", refusal.Message, StringComparison.Ordinal);
            Assert.EndsWith("Nothing was sent.", refusal.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(Canary, refusal.ToString(), StringComparison.Ordinal);
        });
        Assert.Empty(account.Server.Requests);
    }
}
