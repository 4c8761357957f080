using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace OpenRouter.Byok.Tests.StandIn;

/// <summary>A response: the status, the headers and the body as text.</summary>
public sealed record RawResponse(HttpStatusCode Status, HttpResponseHeaders Headers, string ContentType, string Body)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonElement.Parse(Body);

    /// <summary>The ids of a page, in order.</summary>
    public IReadOnlyList<Guid> Ids => [.. Json.GetProperty("data").EnumerateArray().Select(key => key.GetProperty("id").GetGuid())];

    /// <summary>The <c>total_count</c> of a page.</summary>
    public int Total => Json.GetProperty("total_count").GetInt32();

    /// <summary>The message of an error.</summary>
    public string Message => Json.GetProperty("error").GetProperty("message").GetString()!;

    /// <summary>The id of the key in the response.</summary>
    public Guid Id => Json.GetProperty("data").GetProperty("id").GetGuid();

    /// <summary>A field of the key in the response, as JSON text.</summary>
    public string this[string field] => Json.GetProperty("data").GetProperty(field).GetRawText();

    /// <summary>Fails the test unless it is a success that fits a schema.</summary>
    public RawResponse AssertValid(string schema)
    {
        Assert.True((int)Status is 200 or 201, $"{Status}: {Body}");
        ApiSchema.AssertValid(schema, Body);
        return this;
    }

    /// <summary>Fails the test unless it is an error of this status, in the form of the API.</summary>
    public void AssertError(int status, string messagePart = "")
    {
        Assert.Equal((status, "application/json"), ((int)Status, ContentType));
        ApiSchema.AssertValid("BadRequestResponse", Body);
        Assert.Equal(status, Json.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Contains(messagePart, Message, StringComparison.Ordinal);
    }
}
