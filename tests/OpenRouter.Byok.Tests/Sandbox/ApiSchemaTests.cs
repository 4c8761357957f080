using System.Text;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class ApiSchemaTests
{
    [Theory]
    [InlineData("""{"provider":"openai","key":"k"}""")]
    [InlineData("""{"provider":"not-listed-yet","key":"k","name":null,"allowed_models":[],"declared_zdr":null}""")]
    public void A_good_create_request_has_no_problems(string json) =>
        Assert.Empty(Problems("CreateBYOKKeyRequest", json));

    [Theory]
    [InlineData("""{"provider":"openai"}""", "key")]
    [InlineData("""{"provider":"openai","key":""}""", "/key")]
    [InlineData("""{"provider":"openai","key":null}""", "/key")]
    [InlineData("""{"provider":"openai","key":"k","surprise":1}""", "/surprise: Unknown field")]
    [InlineData("""{"provider":"openai","key":"k","key":"l"}""", "Not valid JSON")]
    [InlineData("""{"provider":"openai","key":"k","workspace_id":"x"}""", "uuid")]
    [InlineData("""{"provider":"openai","key":"k","disabled":"true"}""", "/disabled")]
    [InlineData("""{"provider":"openai","key":"k","allowed_api_key_hashes":[]}""", "/allowed_api_key_hashes")]
    [InlineData("""{"provider":"openai","key":"k","allowed_api_key_hashes":["ABC"]}""", "/allowed_api_key_hashes/0")]
    [InlineData("[]", "object")]
    [InlineData("{", "Not valid JSON")]
    public void A_bad_create_request_has_its_problem_named(string json, string problem) =>
        Assert.Contains(Problems("CreateBYOKKeyRequest", json), found => found.Contains(problem, StringComparison.Ordinal));

    [Fact]
    public void Names_and_lists_have_their_limits()
    {
        Assert.Empty(Problems("UpdateBYOKKeyRequest", $$"""{"name":"{{new string('n', 255)}}"}"""));
        Assert.NotEmpty(Problems("UpdateBYOKKeyRequest", $$"""{"name":"{{new string('n', 256)}}"}"""));
        var entries = string.Join(',', Enumerable.Repeat("\"m\"", 101));
        Assert.NotEmpty(Problems("UpdateBYOKKeyRequest", $$"""{"allowed_models":[{{entries}}]}"""));
    }

    [Fact]
    public void A_response_may_grow_but_not_shrink()
    {
        Assert.Empty(Problems("DeleteBYOKKeyResponse", """{"deleted":true,"at":"now"}"""));
        Assert.NotEmpty(Problems("DeleteBYOKKeyResponse", """{"deleted":false}"""));
        Assert.NotEmpty(Problems("GetBYOKKeyResponse", """{"data":{"id":"00000000-0000-4000-8000-000000000000"}}"""));
    }

    private static IReadOnlyList<string> Problems(string schema, string json) => ApiDescription.Problems(schema, Encoding.UTF8.GetBytes(json));
}
