#if !NET
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace OpenRouter.Byok.Client;

/// <summary>The handler that opens connections, on Windows PowerShell.</summary>
internal static class PrimaryHandler
{
    internal static readonly string[] ProxySchemes = ["http"];

    /// <summary>For how long the factory keeps a handler, to notice a change of DNS.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    internal static HttpMessageHandler Create(Route route, NetworkCredential? credential)
    {
        var handler = new HttpClientHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Deflate,
            MaxConnectionsPerServer = ConcurrencyLimiter.Unlimited,
            MaxResponseHeadersLength = 64, // kilobytes
            SslProtocols = SslProtocols.Tls12,
            UseProxy = !route.IsDirect,
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
                using var sha = SHA256.Create();
                return certificate is not null
                    && string.Equals(BitConverter.ToString(sha.ComputeHash(certificate.RawData)).Replace("-", string.Empty), trusted, StringComparison.OrdinalIgnoreCase);
            };
        }

        return handler;
    }
}
#endif
