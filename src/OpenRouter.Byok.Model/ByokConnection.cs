using System.Net;
using System.Security;

namespace OpenRouter.Byok;

/// <summary>
/// How to reach an account: the address, the management key, and the limits for retries. The management key is in no public
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
    /// Eight hexadecimal digits, computed from the management key, that distinguish two accounts;
    /// <see langword="null"/> while there is no management key. It does not reveal the management key.
    /// </summary>
    public string? Fingerprint => ApiKey is { Length: > 0 } key ? KeyFingerprint.Of(key) : null;

    /// <summary>The workspace that commands use by default (<c>workspace_id</c>); <see langword="null"/>: the account's default workspace.</summary>
    public string? WorkspaceId
    {
        get => _workspaceId;
        init => _workspaceId = value;
    }

    /// <summary>The time limit of one attempt, including its whole response, in seconds.</summary>
    public int TimeoutSec { get; init; } = 30;

    /// <summary>The maximum number of retries of a failed request; 0 disables retries.</summary>
    public int MaximumRetryCount { get; init; } = 5;

    /// <summary>The pause before the first retry, in seconds. Each further pause is <see cref="RetryBackoffExponent"/> times as long. A random part of up to one half is subtracted.</summary>
    public double RetryIntervalSec { get; init; } = 0.5;

    /// <summary>The longest pause between two attempts, in seconds, unless the server asks for a longer one.</summary>
    public double MaximumRetryIntervalSec { get; init; } = 30;

    /// <summary>The factor from each pause to the next.</summary>
    public double RetryBackoffExponent { get; init; } = 2;

    /// <summary>The time after the start of a request at which it is no longer retried, in seconds; also the longest pause that it waits.</summary>
    public double MaximumRetryTimeSec { get; init; } = 300;

    /// <summary>Whether a request is sent again after a failed connection, a timeout or a response that broke off.</summary>
    public bool RetryConnectionErrors { get; init; } = true;

    /// <summary>The statuses after which a request is sent again.</summary>
    public IReadOnlyCollection<int> RetryStatusCodes { get; init; } = [408, 429, 500, 502, 503, 504];

    /// <summary>The proxy to use; <see langword="null"/>: the proxy of the environment or the system.</summary>
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

    /// <summary>The management key. A client replaces it if <see cref="ApiKeyProvider"/> returns another one.</summary>
    internal SecureString? ApiKey
    {
        get => Volatile.Read(ref _apiKey);
        set => Volatile.Write(ref _apiKey, value);
    }

    /// <summary>
    /// Returns the management key if <see cref="ApiKey"/> is <see langword="null"/>, and again after the server refused it
    /// (401). Called from any thread, but never twice at the same time. Its result is copied.
    /// </summary>
    internal Func<CancellationToken, Task<SecureString>>? ApiKeyProvider { get; init; }

    /// <summary>The credential for the proxy.</summary>
    internal NetworkCredential? ProxyCredential { get; init; }

    /// <summary>The extra headers with their values.</summary>
    internal IReadOnlyDictionary<string, string> ExtraHeaders { get; init; } = new Dictionary<string, string>();

    /// <summary>The certificate (as SHA-256 thumbprint) that is trusted without a certificate authority: the one of a test server.</summary>
    internal string? TrustedCertificateHash { get; init; }

    /// <summary>The same connection with another workspace.</summary>
    internal ByokConnection In(string? workspaceId)
    {
        var copy = (ByokConnection)MemberwiseClone();
        copy._workspaceId = workspaceId;
        return copy;
    }

    /// <summary>The address, without a secret.</summary>
    public override string ToString() => BaseUri.ToString();
}
