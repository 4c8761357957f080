using System.Collections.Concurrent;
using System.Net;
using System.Security.Authentication;
#if NET
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
#else
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
#endif

namespace OpenRouter.Byok.Client;

/// <summary>
/// One pool of connections for each way to the network (proxy, trust), for the life of the process: connections are
/// reused from command to command, and replaced in time to notice a change of DNS. A way with a password is its client's
/// own, and goes with it.
/// </summary>
/// <remarks>
/// Where the handler itself replaces connections in time it is used directly. The factory, which does that for the
/// older one, would load six more assemblies and compile some 400 methods before the first request.
/// </remarks>
internal static class HttpClients
{
#if NET
    internal static readonly string[] ProxySchemes = ["http", "https", "socks4", "socks4a", "socks5"];
    private static readonly ConcurrentDictionary<Route, Lazy<SocketsHttpHandler>> Pools = new();
#else
    internal static readonly string[] ProxySchemes = ["http"];
    private static readonly ConcurrentDictionary<Route, Lazy<IHttpClientFactory>> Factories = new();
#endif

    /// <summary>A client for a connection; cheap, to be made for each command.</summary>
    internal static HttpClient Create(ByokConnection connection)
    {
        // A loopback address is reached directly: a proxy that the environment names would be handed the secrets in the clear.
        var route = new Route(connection.Proxy, Direct: connection.BaseUri.IsLoopback && connection.Proxy is null, connection.TrustedCertificateHash);
        HttpClient client = connection.ProxyCredential is { } credential
            ? new HttpClient(CreateHandler(route, credential), disposeHandler: true)
#if NET
            : new HttpClient(Pools.GetOrAdd(route, static way => new(() => CreateHandler(way))).Value, disposeHandler: false);
#else
            : Factories.GetOrAdd(route, static way => new(() => Build(way))).Value.CreateClient(nameof(OpenRouter));
#endif

        // Each attempt has a time limit of its own that covers the reading of the answer too.
        client.Timeout = Timeout.InfiniteTimeSpan;
        return client;
    }

#if NET
    private static SocketsHttpHandler CreateHandler(Route route, NetworkCredential? credential = null)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            MaxConnectionsPerServer = ConcurrencyLimiter.Unlimited,
            MaxResponseHeadersLength = 64, // kilobytes, the default, named because it is a promise
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            UseProxy = !route.Direct,
            PlaintextStreamFilter = static (context, _) => ValueTask.FromResult<Stream>(new TransportStream(context.PlaintextStream)),
        };
        handler.SslOptions.EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        if (route.Proxy is not null)
        {
            handler.Proxy = new WebProxy(route.Proxy) { Credentials = credential };
        }

        if (route.TrustedCertificateHash is { } trusted)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                certificate is X509Certificate2 presented
                && string.Equals(presented.GetCertHashString(HashAlgorithmName.SHA256), trusted, StringComparison.OrdinalIgnoreCase);
        }

        return handler;
    }
#else
    private static IHttpClientFactory Build(Route route)
    {
        var services = new ServiceCollection();
        services.AddHttpClient(nameof(OpenRouter))
            .ConfigurePrimaryHttpMessageHandler(() => CreateHandler(route));

        // The factory's own handlers log every header; there is no log to write to, and no header that may be in one.
        services.RemoveAll<IHttpMessageHandlerBuilderFilter>();
        return services.BuildServiceProvider().GetRequiredService<IHttpClientFactory>();
    }

    private static HttpClientHandler CreateHandler(Route route, NetworkCredential? credential = null)
    {
        var handler = new HttpClientHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Deflate,
            MaxConnectionsPerServer = ConcurrencyLimiter.Unlimited,
            MaxResponseHeadersLength = 64, // kilobytes
            SslProtocols = SslProtocols.Tls12,
            UseProxy = !route.Direct,
        };
        try
        {
            // TLS 1.3, which has no name on this target.
            handler.SslProtocols |= (SslProtocols)0x3000;
        }
        catch (NotSupportedException)
        {
            // .NET Framework 4.7.2 does not know it.
        }

        if (route.Proxy is not null)
        {
            handler.Proxy = new WebProxy(route.Proxy) { Credentials = credential };
        }

        if (route.TrustedCertificateHash is { } trusted)
        {
            handler.ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
            {
                using var sha = System.Security.Cryptography.SHA256.Create();
                return certificate is not null
                    && string.Equals(BitConverter.ToString(sha.ComputeHash(certificate.RawData)).Replace("-", string.Empty), trusted, StringComparison.OrdinalIgnoreCase);
            };
        }

        return handler;
    }
#endif

    private sealed record Route(Uri? Proxy, bool Direct, string? TrustedCertificateHash);
}
