namespace OpenRouter.Byok.Client;

/// <summary>A way to the network. Connections with the same route share HTTP connections.</summary>
/// <param name="Proxy">The proxy that was given; <see langword="null"/>: the one that the environment or the system names.</param>
/// <param name="IsDirect">Whether no proxy is used, whatever the environment names.</param>
/// <param name="TrustedCertificateHash">The only certificate that is trusted; <see langword="null"/>: those of the system's authorities.</param>
internal sealed record Route(Uri? Proxy, bool IsDirect, string? TrustedCertificateHash)
{
    internal static Route Of(ByokConnection connection) => new(
        connection.Proxy,

        // A proxy that the environment names would see the secrets that are sent to loopback over plain HTTP.
        IsDirect: connection.BaseUri.IsLoopback && connection.Proxy is null,
        connection.TrustedCertificateHash);
}
