namespace OpenRouter.Byok.Tests.StandIn;

public sealed class ApiSchemaTests
{
    [Theory]
    [InlineData("""{"provider":"openai","key":"k"}""")]
    [InlineData("""{"provider":"not-listed-yet","key":"k","name":null,"allowed_models":[],"declared_zdr":null}""")]
    public void A_good_create_request_has_no_problems(string json) =>
        Assert.Empty(ApiSchema.Problems("CreateBYOKKeyRequest", json));

    [Theory]
    [InlineData("""{"provider":"openai"}""", "$.key: is missing")]
    [InlineData("""{"provider":"openai","key":""}""", "minLength")]
    [InlineData("""{"provider":"openai","key":null}""", "$.key: expected string")]
    [InlineData("""{"provider":"openai","key":"k","surprise":1}""", "$.surprise: is not a field")]
    [InlineData("""{"provider":"openai","key":"k","key":"l"}""", "$: ")]
    [InlineData("""{"provider":"openai","key":"k","workspace_id":"x"}""", "no uuid")]
    [InlineData("""{"provider":"openai","key":"k","disabled":"true"}""", "$.disabled: expected boolean")]
    [InlineData("""{"provider":"openai","key":"k","allowed_api_key_hashes":[]}""", "minItems")]
    [InlineData("""{"provider":"openai","key":"k","allowed_api_key_hashes":["ABC"]}""", "[0]: 'ABC' does not match")]
    [InlineData("[]", "expected object")]
    [InlineData("{", "$: ")]
    public void A_bad_create_request_has_its_problem_named(string json, string problem) =>
        Assert.Contains(ApiSchema.Problems("CreateBYOKKeyRequest", json), found => found.Contains(problem, StringComparison.Ordinal));

    [Fact]
    public void Names_and_lists_have_their_limits()
    {
        Assert.Empty(ApiSchema.Problems("UpdateBYOKKeyRequest", $$"""{"name":"{{new string('n', 255)}}"}"""));
        Assert.NotEmpty(ApiSchema.Problems("UpdateBYOKKeyRequest", $$"""{"name":"{{new string('n', 256)}}"}"""));
        var entries = string.Join(',', Enumerable.Repeat("\"m\"", 101));
        Assert.NotEmpty(ApiSchema.Problems("UpdateBYOKKeyRequest", $$"""{"allowed_models":[{{entries}}]}"""));
    }

    [Fact]
    public void A_response_may_grow_but_not_shrink()
    {
        Assert.Empty(ApiSchema.Problems("DeleteBYOKKeyResponse", """{"deleted":true,"at":"now"}"""));
        Assert.NotEmpty(ApiSchema.Problems("DeleteBYOKKeyResponse", """{"deleted":false}"""));
        Assert.NotEmpty(ApiSchema.Problems("GetBYOKKeyResponse", """{"data":{"id":"00000000-0000-4000-8000-000000000000"}}"""));
    }
}
