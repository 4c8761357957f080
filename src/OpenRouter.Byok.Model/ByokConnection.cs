using System.Net;
using System.Security;

namespace OpenRouter.Byok;

/// <summary>
/// How to reach an account: the address, the management key, and how patient to be. The management key is in no public
/// member.
/// </summary>
public sealed class ByokConnection
{
    /// <summary>The public API's address.</summary>
    public static readonly Uri DefaultBaseUri = new("https://openrouter.ai/api/v1");

    /// <summary>The API's address without a slash at the end, <see cref="DefaultBaseUri"/> unless told otherwise.</summary>
    public Uri BaseUri { get; init; } = DefaultBaseUri;

    /// <summary>The workspace that commands use where they are given none (<c>workspace_id</c>); <see langword="null"/>: the account's default workspace.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>How long one attempt may take, its whole answer included, in seconds.</summary>
    public int TimeoutSec { get; init; } = 30;

    /// <summary>How many times a failed request is sent again at most.</summary>
    public int MaximumRetryCount { get; init; } = 5;

    /// <summary>The pause before the first retry, in seconds; it doubles with each further one, with jitter.</summary>
    public double RetryIntervalSec { get; init; } = 0.5;

    /// <summary>The proxy to use; <see langword="null"/>: the one that the environment or the system names.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Names of the extra headers that are sent with each request; their values may be secret and are not shown.</summary>
    public IReadOnlyCollection<string> Headers => ExtraHeaders.Keys.ToArray();

    /// <summary>The address of the application that OpenRouter attributes the traffic to (<c>HTTP-Referer</c>), or <see langword="null"/>.</summary>
    public string? HttpReferer { get; init; }

    /// <summary>The name of that application (<c>X-OpenRouter-Title</c>), or <see langword="null"/>.</summary>
    public string? AppTitle { get; init; }

    /// <summary>The categories of that application (<c>X-OpenRouter-Categories</c>), or <see langword="null"/>.</summary>
    public string? AppCategory { get; init; }

    /// <summary>The management key.</summary>
    internal SecureString? ApiKey { get; init; }

    /// <summary>The credential for the proxy.</summary>
    internal NetworkCredential? ProxyCredential { get; init; }

    /// <summary>The extra headers with their values.</summary>
    internal IReadOnlyDictionary<string, string> ExtraHeaders { get; init; } = new Dictionary<string, string>();

    /// <summary>Certificates (as SHA-256 thumbprints) that are trusted although no authority vouches for them: a test's own server.</summary>
    internal string? TrustedCertificateHash { get; init; }

    /// <summary>The address and nothing secret.</summary>
    public override string ToString() => BaseUri.ToString();
}
