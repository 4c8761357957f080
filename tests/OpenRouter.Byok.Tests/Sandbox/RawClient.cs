using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

/// <summary>A sandbox and a plain client that adds nothing of its own: no retry, no redirect, no decompression.</summary>
public sealed class RawClient : IAsyncDisposable
{
    private readonly HttpClient _http;

    private RawClient(SandboxServer server)
    {
        Server = server;
        _http = NewHttp();
    }

    /// <summary>A client that shares no connection with others.</summary>
    public HttpClient NewHttp()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    certificate?.GetCertHashString() == Server.Certificate?.GetCertHashString(),
            },
        };
        var http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(20) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Server.ManagementKey);
        return http;
    }

    /// <summary>The server.</summary>
    public SandboxServer Server { get; }

    /// <summary>What it holds.</summary>
    public SandboxStore Store => Server.Store;

    /// <summary>The client, for what the shorthands below do not do.</summary>
    public HttpClient Http => _http;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts a server with so many keys.</summary>
    public static async Task<RawClient> StartAsync(int seed = 0, SandboxOptions? options = null) =>
        new(await SandboxServer.StartAsync((options ?? new()) with { SeedCount = seed }));

    /// <summary>Sends a request; the path begins after <c>/api/v1</c>.</summary>
    public async Task<Answer> SendAsync(
        HttpMethod method, string path, string? body = null, Version? version = null, CancellationToken? cancellation = null)
    {
        using var request = new HttpRequestMessage(method, Server.BaseUri + path);
        if (version is not null)
        {
            request.Version = version;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await _http.SendAsync(request, cancellation ?? Cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation ?? Cancellation);
        return new(response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType ?? "", text);
    }

    /// <summary>
    /// Sends a request that a fault befalls, and goes away shortly after where the fault stalls. What comes of it is not looked at.
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
        catch (HttpRequestException)
        {
        }
        catch (OperationCanceledException) when (impatience.IsCancellationRequested)
        {
        }
    }

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> GetAsync(Guid id) => SendAsync(HttpMethod.Get, $"/byok/{id}");

    public Task<Answer> PostAsync(string body) => SendAsync(HttpMethod.Post, "/byok", body);

    public Task<Answer> PatchAsync(Guid id, string body) => SendAsync(HttpMethod.Patch, $"/byok/{id}", body);

    public Task<Answer> DeleteAsync(Guid id) => SendAsync(HttpMethod.Delete, $"/byok/{id}");

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return Server.DisposeAsync();
    }
}
