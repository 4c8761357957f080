namespace OpenRouter.Byok;

/// <summary>What went wrong. The error id of a cmdlet is <c>Byok</c> and this name.</summary>
public enum ByokErrorKind
{
    /// <summary>400, 422 or another 4xx: the server does not accept the request; or input that is refused before anything is sent.</summary>
    BadRequest,

    /// <summary>401: the management key is missing, wrong, or not a management key.</summary>
    Unauthorized,

    /// <summary>403: the management key lacks the permission.</summary>
    Forbidden,

    /// <summary>404: there is no such key or workspace.</summary>
    NotFound,

    /// <summary>409: the request conflicts with the state of the key.</summary>
    Conflict,

    /// <summary>429 after the retries.</summary>
    RateLimited,

    /// <summary>A 5xx after the retries.</summary>
    ServerError,

    /// <summary>No connection, or a broken one, after the retries; or TLS failed.</summary>
    ConnectionFailed,

    /// <summary>No complete response in time, after the retries.</summary>
    Timeout,

    /// <summary>It is unknown whether the key was created.</summary>
    CreateOutcomeUnknown,

    /// <summary>A response that does not come from the API: HTML, truncated, not JSON, too large, or a redirect.</summary>
    BadResponse,

    /// <summary>No management key was given.</summary>
    NotConnected,

    /// <summary>A URL to which a secret must not be sent: plain HTTP, except to loopback.</summary>
    InsecureAddress,
}
