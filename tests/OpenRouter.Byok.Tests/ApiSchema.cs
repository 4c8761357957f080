using System.Text;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests;

/// <summary>Checks JSON against the schemas of the API's description.</summary>
public static class ApiSchema
{
    /// <summary>Fails the test if the JSON does not fit the schema.</summary>
    public static void AssertValid(string schema, string json)
    {
        var problems = ApiDescription.Problems(schema, Encoding.UTF8.GetBytes(json));
        Assert.True(problems.Count == 0, $"This is no {schema}:\n{string.Join('\n', problems)}\n{json}");
    }
}
