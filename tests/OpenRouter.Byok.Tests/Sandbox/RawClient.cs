using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using System.Text.Json;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

/// <summary>A sandbox and a plain client that adds nothing of its own: no retry, no redirect, no decompression.</summary>
public sealed class RawClient : IAsyncDisposable
{
    private RawClient(SandboxServer server)
    {
        Server = server;
        Http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, sent, _, _) =>
                    sent?.GetCertHashString() == server.Certificate?.GetCertHashString(),
            },
        })
        {
            BaseAddress = server.Root,
            Timeout = TimeSpan.FromSeconds(20),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Server.ManagementKey) },
        };
    }

    public SandboxServer Server { get; }

    public SandboxStore Store => Server.Store;

    /// <summary>The ids of the stored keys, in list order.</summary>
    public IReadOnlyList<Guid> Ids => [.. Store.Keys.Select(key => key.Id)];

    public HttpClient Http { get; }

    /// <summary>Starts a server with the given number of keys and these fault rules.</summary>
    public static async Task<RawClient> StartAsync(int seed = 0, string? fault = null, SandboxOptions? options = null) =>
        new(await SandboxServer.StartAsync((options ?? new()) with { SeedCount = seed, Faults = fault is null ? [] : [fault] }));

    /// <summary>Sends a request; the path begins after <c>/api/v1</c>.</summary>
    public async Task<RawResponse> SendAsync(
        HttpMethod method, string path, string? body = null, Version? version = null, CancellationToken? cancellation = null)
    {
        var token = cancellation ?? TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(method, Server.BaseUri + path)
        {
            Version = version ?? HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };
        using var response = await Http.SendAsync(request, token);
        var text = await response.Content.ReadAsStringAsync(token);
        return new(response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType ?? "", text);
    }

    public Task<RawResponse> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<RawResponse> PostAsync(string body) => SendAsync(HttpMethod.Post, "/byok", body);

    public Task<RawResponse> PatchAsync(Guid id, string body) => SendAsync(HttpMethod.Patch, $"/byok/{id}", body);

    public Task<RawResponse> DeleteAsync(Guid id) => SendAsync(HttpMethod.Delete, $"/byok/{id}");

    public ValueTask DisposeAsync()
    {
        Http.Dispose();
        return Server.DisposeAsync();
    }
}

/// <summary>A response: the status, the headers and the body as text.</summary>
public sealed record RawResponse(HttpStatusCode Status, HttpResponseHeaders Headers, string ContentType, string Body)
{
    public JsonElement Json => JsonElement.Parse(Body);

    /// <summary>The ids of a page, in order.</summary>
    public IReadOnlyList<Guid> Ids => [.. Json.GetProperty("data").EnumerateArray().Select(key => key.GetProperty("id").GetGuid())];

    /// <summary>The <c>total_count</c> of a page.</summary>
    public int Total => Json.GetProperty("total_count").GetInt32();

    /// <summary>The message of an error.</summary>
    public string Message => Json.GetProperty("error").GetProperty("message").GetString()!;

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
