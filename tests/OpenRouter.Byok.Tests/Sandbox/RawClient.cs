using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

/// <summary>A sandbox and a plain client that adds nothing of its own: no retry, no redirect, no decompression.</summary>
public sealed class RawClient : IAsyncDisposable
{
    private RawClient(SandboxServer server)
    {
        Server = server;
        Http = NewHttp();
    }

    /// <summary>The server.</summary>
    public SandboxServer Server { get; }

    /// <summary>Its store.</summary>
    public SandboxStore Store => Server.Store;

    /// <summary>The ids of the keys that it holds, in list order.</summary>
    public IReadOnlyList<Guid> Ids => [.. Store.Keys.Select(key => key.Id)];

    /// <summary>The client, for requests without a method below.</summary>
    public HttpClient Http { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts a server with the given number of keys.</summary>
    public static async Task<RawClient> StartAsync(int seed = 0, SandboxOptions? options = null) =>
        new(await SandboxServer.StartAsync((options ?? new()) with { SeedCount = seed }));

    /// <summary>Starts a server with the given number of keys and these fault rules.</summary>
    public static Task<RawClient> StartAsync(int seed, params string[] faults) => StartAsync(seed, new SandboxOptions { Faults = faults });

    /// <summary>A client that shares no connection with others.</summary>
    public HttpClient NewHttp() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == Server.Certificate?.GetCertHashString(),
        },
    })
    {
        Timeout = TimeSpan.FromSeconds(20),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Server.ManagementKey) },
    };

    /// <summary>Sends a request; the path begins after <c>/api/v1</c>.</summary>
    public async Task<RawResponse> SendAsync(
        HttpMethod method, string path, string? body = null, Version? version = null, CancellationToken? cancellation = null)
    {
        using var request = new HttpRequestMessage(method, Server.BaseUri + path)
        {
            Version = version ?? System.Net.HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };
        using var response = await Http.SendAsync(request, cancellation ?? Cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation ?? Cancellation);
        return new(response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType ?? "", text);
    }

    /// <summary>
    /// Sends a request with a fault, and cancels it shortly after if the fault stalls. The outcome is ignored.
    /// </summary>
    public async Task SufferAsync(FaultRule rule, HttpMethod method, string path, string? body = null, Version? version = null)
    {
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var sending = SendAsync(method, path, body, version, impatience.Token);
        if (rule.Fault.Stalls)
        {
            await Wait.UntilAsync(() => rule.Applied > 0 || sending.IsCompleted);
            impatience.CancelAfter(100);
        }

        try
        {
            await sending;
        }
        catch (Exception failed) when (failed is HttpRequestException || (failed is OperationCanceledException && impatience.IsCancellationRequested))
        {
        }
    }

    public Task<RawResponse> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<RawResponse> GetAsync(Guid id) => SendAsync(HttpMethod.Get, $"/byok/{id}");

    public Task<RawResponse> PostAsync(string body) => SendAsync(HttpMethod.Post, "/byok", body);

    public Task<RawResponse> PatchAsync(Guid id, string body) => SendAsync(HttpMethod.Patch, $"/byok/{id}", body);

    public Task<RawResponse> DeleteAsync(Guid id) => SendAsync(HttpMethod.Delete, $"/byok/{id}");

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Http.Dispose();
        return Server.DisposeAsync();
    }
}
