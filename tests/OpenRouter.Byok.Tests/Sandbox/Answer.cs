using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace OpenRouter.Byok.Tests.StandIn;

/// <summary>What came back: the status, the headers and the body as text.</summary>
public sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, string ContentType, string Body)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonElement.Parse(Body);

    /// <summary>The ids of a page, in order.</summary>
    public IReadOnlyList<string> Ids => [.. Json.GetProperty("data").EnumerateArray().Select(key => key.GetProperty("id").GetString()!)];

    /// <summary>The <c>total_count</c> of a page.</summary>
    public int Total => Json.GetProperty("total_count").GetInt32();

    /// <summary>The message of an error.</summary>
    public string Message => Json.GetProperty("error").GetProperty("message").GetString()!;

    /// <summary>The id of the one key in the answer.</summary>
    public Guid Id => Json.GetProperty("data").GetProperty("id").GetGuid();

    /// <summary>A field of the one key in the answer.</summary>
    public JsonElement Field(string name) => Json.GetProperty("data").GetProperty(name);

    /// <summary>Fails the test unless it is an error of this status, in the API's form.</summary>
    public void AssertError(int status, string messagePart = "")
    {
        Assert.Equal(status, (int)Status);
        Assert.Equal("application/json", ContentType);
        ApiSchema.AssertValid("BadRequestResponse", Body);
        Assert.Equal(status, Json.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Contains(messagePart, Message, StringComparison.Ordinal);
    }
}
