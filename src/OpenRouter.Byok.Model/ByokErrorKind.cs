namespace OpenRouter.Byok;

/// <summary>What went wrong, as an administrator has to know it. The error id of a cmdlet is <c>Byok</c> and this name.</summary>
public enum ByokErrorKind
{
    /// <summary>400, 422 or another 4xx: the server does not accept the request; or input that is refused before anything is sent.</summary>
    BadRequest,

    /// <summary>401: the management key is missing, wrong, or not a management key.</summary>
    Unauthorized,

    /// <summary>403: the management key may not do this.</summary>
    Forbidden,

    /// <summary>404: there is no such key or workspace.</summary>
    NotFound,

    /// <summary>409: it is there already, or being changed by somebody else.</summary>
    Conflict,

    /// <summary>429 after the retries.</summary>
    RateLimited,

    /// <summary>A 5xx after the retries.</summary>
    ServerError,

    /// <summary>No connection, or one that broke, after the retries; or TLS failed.</summary>
    ConnectionFailed,

    /// <summary>No whole answer in time, after the retries.</summary>
    Timeout,

    /// <summary>Whether the key was created cannot be told.</summary>
    CreateOutcomeUnknown,

    /// <summary>An answer that is not the API's: HTML, truncated, not JSON, too large, or a redirect.</summary>
    BadResponse,

    /// <summary>No management key was given.</summary>
    NotConnected,

    /// <summary>An address to which a secret must not be sent: plain HTTP off loopback.</summary>
    InsecureAddress,
}
