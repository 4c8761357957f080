using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;

namespace OpenRouter.Byok.Client;

/// <summary>Every error of the core in one place: its kind, its words, and whether it may be tried again.</summary>
internal static class ApiErrors
{
    /// <summary>The longest piece of a server's message that is kept.</summary>
    internal const int LongestMessage = 500;

    private const string CheckTheWay = "Check the address, and whether a proxy or gateway stands in between.";

    internal static ByokApiException NotConnected(string reason) => new(
        ByokErrorKind.NotConnected,
        reason,
        "Connect with Connect-Byok, or set the environment variable OPENROUTER_MANAGEMENT_KEY.")
    {
        EndsTheCommand = true,
    };

    internal static ByokApiException InsecureAddress(string reason) => new(
        ByokErrorKind.InsecureAddress,
        $"{reason} Nothing was sent.")
    {
        RecommendedAction = "Use an https address; plain http is for loopback only.",
        EndsTheCommand = true,
    };

    internal static ByokApiException BadInput(string message) => new(ByokErrorKind.BadRequest, message);

    /// <summary>An answer with a status that is not a success.</summary>
    internal static ByokApiException Status(
        HttpResponseMessage response, ReadOnlyMemory<byte> body, Redactor redactor, string operation, DateTimeOffset now)
    {
        int status = (int)response.StatusCode;
        string? message = ResponseReader.ReadErrorMessage(body);

        // Cut twice: the second time nothing of a secret that the first cut halved is left.
        string? said = redactor.Redact(message?.Length > 10 * LongestMessage ? message.Substring(0, 10 * LongestMessage) : message);
        if (said?.Length > LongestMessage)
        {
            said = said.Substring(0, LongestMessage) + "…";
        }

        string quoted = string.IsNullOrWhiteSpace(said) ? string.Empty : $" The server says: {said!.TrimEnd('.')}.";
        if (status is >= 300 and < 400)
        {
            return new ByokApiException(
                ByokErrorKind.BadResponse,
                $"{operation}: the server answered {status} with a redirect, which is never followed, so that no secret goes elsewhere.{quoted}",
                "Check the address (-BaseUri, OPENROUTER_BASE_URL).")
            {
                StatusCode = status,
                ServerMessage = said,
            };
        }

        (ByokErrorKind kind, string what, string advice) = status switch
        {
            400 or 422 => (ByokErrorKind.BadRequest, "the server does not accept the request", "Check the values that were given."),
            401 => (ByokErrorKind.Unauthorized, "the server refused the management key", "Give a management key (an ordinary API key is refused) with Connect-Byok or OPENROUTER_MANAGEMENT_KEY."),
            403 => (ByokErrorKind.Forbidden, "the management key may not do this", "Ask the owner of the account for the permission."),
            404 => (ByokErrorKind.NotFound, "there is no such credential or workspace", "List what there is with Get-ByokKey or Get-ByokWorkspace."),
            409 => (ByokErrorKind.Conflict, "it exists already or is being changed by somebody else", "Look with Get-ByokKey, then try again."),
            408 => (ByokErrorKind.Timeout, "the server did not receive the request in time", "Try again."),
            429 => (ByokErrorKind.RateLimited, "too many requests", "Wait, then go on with a smaller -ThrottleLimit."),
            >= 500 => (ByokErrorKind.ServerError, "the server failed", "Try again later."),
            _ => (ByokErrorKind.BadRequest, "the server does not accept the request", "Check the address and the values that were given."),
        };
        TimeSpan? retryAfter = ReadRetryAfter(response.Headers, now);
        return new ByokApiException(kind, $"{operation}: {what} ({status}).{quoted}", advice)
        {
            StatusCode = status,
            ServerMessage = said,
            RetryAfter = retryAfter,
            EndsTheCommand = status == 401 || (status == 429 && retryAfter > ConcurrencyLimiter.LongestPause),
            IsTransient = status is 408 or 429 or 500 or 502 or 503 or 504,
            MayHaveBeenProcessed = status is 408 or >= 500,
        };
    }

    /// <summary>An answer that is not the API's.</summary>
    internal static ByokApiException BadResponse(string operation, string what, int status, bool isTransient = false) => new(
        ByokErrorKind.BadResponse,
        $"{operation}: the answer ({status}) is not the API's: {what}.",
        CheckTheWay)
    {
        StatusCode = status,
        IsTransient = isTransient,
        MayHaveBeenProcessed = true,
    };

    /// <summary>A response that belongs to another request.</summary>
    internal static ByokApiException Mismatch(string operation, string mismatch, int status) => new(
        ByokErrorKind.BadResponse,
        $"{operation}: the response ({status}) belongs to another request: {mismatch}. The connection was closed.",
        CheckTheWay)
    {
        StatusCode = status,
        IsTransient = true,
        MayHaveBeenProcessed = true,
    };

    internal static ByokApiException Timeout(string operation, int seconds) => new(
        ByokErrorKind.Timeout,
        $"{operation}: no whole answer within {seconds.ToString(CultureInfo.InvariantCulture)} s.",
        "Try again later, or allow more time with -TimeoutSec.")
    {
        IsTransient = true,
        MayHaveBeenProcessed = true,
    };

    /// <summary>No connection, or one that broke, or one on which something else than HTTP came.</summary>
    internal static ByokApiException ConnectionFailed(string operation, Uri address, Exception cause)
    {
        if (IsNoHttp(cause))
        {
            return new ByokApiException(
                ByokErrorKind.BadResponse,
                $"{operation}: the answer is not the API's: it breaks the rules of HTTP, or its headers are larger than 64 KiB.",
                CheckTheWay)
            {
                MayHaveBeenProcessed = true,
            };
        }

        bool neverSent = WasNeverSent(cause);
        string what = neverSent ? $"{address.Host}:{address.Port} cannot be reached" : "the connection broke before the answer was complete";
        string? reason = InnermostMessage(cause);
        return new ByokApiException(
            ByokErrorKind.ConnectionFailed,
            $"{operation}: {what}{(reason is null ? string.Empty : $" ({reason.TrimEnd('.')})")}.",
            "Check the network, the proxy and the address.")
        {
            IsTransient = true,
            EndsTheCommand = neverSent,
            MayHaveBeenProcessed = !neverSent,
        };
    }

    /// <summary>The server turned another request away and asked for a longer pause than anybody waits for.</summary>
    internal static ByokApiException StillClosed(string operation, TimeSpan pause) => new(
        ByokErrorKind.RateLimited,
        $"{operation}: not sent, because the server asked for no requests for another {Math.Ceiling(pause.TotalMinutes).ToString(CultureInfo.InvariantCulture)} minutes.",
        "Go on when that time is over.")
    {
        StatusCode = 429,
        RetryAfter = pause,
        EndsTheCommand = true,
        WasNotSent = true,
    };

    internal static ByokApiException OutcomeUnknown(string evidence, ByokApiException cause) => new(
        ByokErrorKind.CreateOutcomeUnknown,
        $"Whether the key was created is unknown. {evidence} The last failure was: {cause.Message}",
        cause)
    {
        StatusCode = cause.StatusCode,
        ServerMessage = cause.ServerMessage,
        RecommendedAction = "List the keys of the provider with Get-ByokKey -Provider, and compare name, label and creation time before creating it again.",
    };

    private static bool IsNoHttp(Exception cause)
    {
#if NET
        return cause is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.InvalidResponse };
#else
        return cause.InnerException is WebException { Status: WebExceptionStatus.ServerProtocolViolation or WebExceptionStatus.MessageLengthLimitExceeded };
#endif
    }

    private static bool WasNeverSent(Exception cause)
    {
#if NET
        return cause is HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
        };
#else
        // This target has no error code; a failed handshake and a failed connect show in the chain of causes.
        for (Exception? inner = cause; inner is not null; inner = inner.InnerException)
        {
            if (inner is AuthenticationException
                or WebException { Status: WebExceptionStatus.ConnectFailure or WebExceptionStatus.NameResolutionFailure or WebExceptionStatus.ProxyNameResolutionFailure or WebExceptionStatus.TrustFailure or WebExceptionStatus.SecureChannelFailure }
                or SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NoData or SocketError.TryAgain })
            {
                return true;
            }
        }

        return false;
#endif
    }

    private static string? InnermostMessage(Exception cause)
    {
        while (cause.InnerException is not null)
        {
            cause = cause.InnerException;
        }

        return cause is SocketException or AuthenticationException ? cause.Message : null;
    }

    private static TimeSpan? ReadRetryAfter(HttpResponseHeaders headers, DateTimeOffset now)
    {
        TimeSpan? pause = headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - (headers.Date ?? now),
            _ => null,
        };
        return pause < TimeSpan.Zero ? TimeSpan.Zero : pause;
    }
}
