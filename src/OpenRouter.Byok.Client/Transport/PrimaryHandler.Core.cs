#if NET
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OpenRouter.Byok.Client;

/// <summary>The handler that opens connections, on PowerShell 7.</summary>
internal static class PrimaryHandler
{
    internal static readonly string[] ProxySchemes = ["http", "https", "socks4", "socks4a", "socks5"];

    /// <summary>How long the factory keeps a handler: for ever, because this one replaces its connections itself.</summary>
    internal static readonly TimeSpan Lifetime = Timeout.InfiniteTimeSpan;

    internal static HttpMessageHandler Create(Route route, NetworkCredential? credential)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            MaxConnectionsPerServer = ConcurrencyLimiter.Unlimited,
            MaxResponseHeadersLength = 64, // kilobytes, the default, named because it is a promise
            PooledConnectionLifetime = TimeSpan.FromMinutes(2), // to notice a change of DNS
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            UseProxy = !route.IsDirect,
            PlaintextStreamFilter = static (context, _) => ValueTask.FromResult<Stream>(new TransportStream(context.PlaintextStream)),
        };

        // With a propagator, every diagnostic listener in the process receives each request with its management key.
        // Its type has another identity on PowerShell 7.4, whose runtime has an older version of it than the module brings.
        typeof(SocketsHttpHandler).GetProperty("ActivityHeadersPropagator")!.SetValue(handler, null);
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
}
#endif
