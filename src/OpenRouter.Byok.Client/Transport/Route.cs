namespace OpenRouter.Byok.Client;

/// <summary>How requests reach the network. Connections with the same route share HTTP connections.</summary>
/// <param name="Proxy">The proxy that was given; <see langword="null"/>: the proxy of the environment or the system.</param>
/// <param name="IsDirect">Whether no proxy is used, even if the environment has one.</param>
/// <param name="TrustedCertificateHash">The only certificate that is trusted; <see langword="null"/>: those of the system's authorities.</param>
internal sealed record Route(Uri? Proxy, bool IsDirect, string? TrustedCertificateHash)
{
    internal static Route Of(ByokConnection connection) => new(
        connection.Proxy,

        // A proxy of the environment would see the secrets that are sent to loopback over plain HTTP.
        IsDirect: connection.BaseUri.IsLoopback && connection.Proxy is null,
        connection.TrustedCertificateHash);
}
