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

    private SecureString? _apiKey;
    private string? _workspaceId;

    /// <summary>The API's address without a slash at the end, <see cref="DefaultBaseUri"/> unless another one is given.</summary>
    public Uri BaseUri { get; init; } = DefaultBaseUri;

    /// <summary>
    /// Eight hexadecimal digits by which two accounts can be told apart, made of the management key;
    /// <see langword="null"/> while there is no management key. It does not reveal the management key.
    /// </summary>
    public string? Fingerprint => ApiKey is { Length: > 0 } key ? KeyFingerprint.Of(key) : null;

    /// <summary>The workspace that commands use where they are given none (<c>workspace_id</c>); <see langword="null"/>: the account's default workspace.</summary>
    public string? WorkspaceId
    {
        get => _workspaceId;
        init => _workspaceId = value;
    }

    /// <summary>How long one attempt may take, its whole response included, in seconds.</summary>
    public int TimeoutSec { get; init; } = 30;

    /// <summary>How many times a failed request is sent again at most; 0: never.</summary>
    public int MaximumRetryCount { get; init; } = 5;

    /// <summary>The pause before the first retry, in seconds. Each further pause is <see cref="RetryBackoffExponent"/> times as long. A random part of up to a half is taken off.</summary>
    public double RetryIntervalSec { get; init; } = 0.5;

    /// <summary>The longest pause between two attempts, in seconds, unless the server asks for a longer one.</summary>
    public double MaximumRetryIntervalSec { get; init; } = 30;

    /// <summary>The factor by which each pause is longer than the one before.</summary>
    public double RetryBackoffExponent { get; init; } = 2;

    /// <summary>The time after which a request is not sent again, in seconds, counted from its start; a longer pause is not waited for.</summary>
    public double MaximumRetryTimeSec { get; init; } = 300;

    /// <summary>Whether a request is sent again after a failed connection, a timeout or a response that broke off.</summary>
    public bool RetryConnectionErrors { get; init; } = true;

    /// <summary>The statuses after which a request is sent again.</summary>
    public IReadOnlyCollection<int> RetryStatusCodes { get; init; } = [408, 429, 500, 502, 503, 504];

    /// <summary>The proxy to use; <see langword="null"/>: the one that the environment or the system names.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Names of the extra headers that are sent with each request; their values may be secret and are not shown.</summary>
    public IReadOnlyCollection<string> Headers => ExtraHeaders.Keys.ToArray();

    /// <summary>What is appended to the module's own user agent (<c>User-Agent</c>), or <see langword="null"/>.</summary>
    public string? UserAgent { get; init; }

    /// <summary>The address of the application that OpenRouter attributes the traffic to (<c>HTTP-Referer</c>), or <see langword="null"/>.</summary>
    public string? HttpReferer { get; init; }

    /// <summary>The name of that application (<c>X-OpenRouter-Title</c>), or <see langword="null"/>.</summary>
    public string? AppTitle { get; init; }

    /// <summary>The categories of that application (<c>X-OpenRouter-Categories</c>), or <see langword="null"/>.</summary>
    public string? AppCategory { get; init; }

    /// <summary>The management key. A client replaces it when <see cref="ApiKeyProvider"/> gives another one.</summary>
    internal SecureString? ApiKey
    {
        get => Volatile.Read(ref _apiKey);
        set => Volatile.Write(ref _apiKey, value);
    }

    /// <summary>
    /// Gives the management key where <see cref="ApiKey"/> is <see langword="null"/>, and again after the server refused it
    /// (401). Called from any thread, once at a time. What it gives is copied.
    /// </summary>
    internal Func<CancellationToken, Task<SecureString>>? ApiKeyProvider { get; init; }

    /// <summary>The credential for the proxy.</summary>
    internal NetworkCredential? ProxyCredential { get; init; }

    /// <summary>The extra headers with their values.</summary>
    internal IReadOnlyDictionary<string, string> ExtraHeaders { get; init; } = new Dictionary<string, string>();

    /// <summary>The certificate (as SHA-256 thumbprint) that is trusted although no authority vouches for it: that of a test's own server.</summary>
    internal string? TrustedCertificateHash { get; init; }

    /// <summary>The same connection with another workspace.</summary>
    internal ByokConnection In(string? workspaceId)
    {
        var copy = (ByokConnection)MemberwiseClone();
        copy._workspaceId = workspaceId;
        return copy;
    }

    /// <summary>The address and nothing secret.</summary>
    public override string ToString() => BaseUri.ToString();
}
