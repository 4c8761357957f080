using System.Text;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class ApiDescriptionTests
{
    [Theory]
    [InlineData("CreateBYOKKeyRequest", """{"provider":"openai","key":"k"}""", null)]
    [InlineData("CreateBYOKKeyRequest", """{"provider":"not-listed-yet","key":"k","name":null,"allowed_models":[]}""", null)]
    [InlineData("CreateBYOKKeyRequest", """{"provider":"openai"}""", "key")]
    [InlineData("CreateBYOKKeyRequest", """{"provider":"Open AI","key":"k"}""", "/provider")]
    [InlineData("CreateBYOKKeyRequest", """{"provider":"openai","key":""}""", "/key")]
    [InlineData("CreateBYOKKeyRequest", """{"provider":"openai","key":null}""", "/key")]
    [InlineData("CreateBYOKKeyRequest", """{"provider":"openai","key":"k","surprise":1}""", "/surprise: Unknown field")]
    [InlineData("CreateBYOKKeyRequest", """{"provider":"openai","key":"k","workspace_id":"x"}""", "/workspace_id")]
    [InlineData("CreateBYOKKeyRequest", """{"provider":"openai","key":"k","disabled":"true"}""", "/disabled")]
    [InlineData("CreateBYOKKeyRequest", """{"provider":"openai","key":"k","allowed_api_key_hashes":[]}""", "/allowed_api_key_hashes")]
    [InlineData("CreateBYOKKeyRequest", """{"provider":"openai","key":"k","allowed_api_key_hashes":["A"]}""", "/allowed_api_key_hashes/0")]
    [InlineData("CreateBYOKKeyRequest", """{"provider":"openai","key":"k","key":"l"}""", "Not valid JSON")]
    [InlineData("CreateBYOKKeyRequest", """{"provider":"openai","key":"\ud800"}""", "Not valid JSON")]
    [InlineData("CreateBYOKKeyRequest", "{", "Not valid JSON")]
    [InlineData("CreateBYOKKeyRequest", "[]", "object")]
    [InlineData("UpdateBYOKKeyRequest", """{"provider":"openai"}""", "/provider: Unknown field")]
    [InlineData("DeleteBYOKKeyResponse", """{"deleted":true,"at":"now"}""", null)]
    [InlineData("DeleteBYOKKeyResponse", """{"deleted":false}""", "/deleted")]
    [InlineData("GetBYOKKeyResponse", """{"data":{"id":"00000000-0000-4000-8000-000000000000"}}""", "/data")]
    public void Json_that_does_not_fit_has_its_problem_named(string schema, string json, string? problem)
    {
        var problems = ApiDescription.Problems(schema, Encoding.UTF8.GetBytes(json));

        if (problem is null)
        {
            Assert.Empty(problems);
        }
        else
        {
            Assert.Contains(problems, found => found.Contains(problem, StringComparison.Ordinal));
        }
    }
}
