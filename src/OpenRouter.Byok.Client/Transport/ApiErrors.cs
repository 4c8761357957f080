using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace OpenRouter.Byok.Client;

/// <summary>Every error of the client: its kind, its message, and whether the request may be sent again.</summary>
internal static class ApiErrors
{
    /// <summary>The longest piece of a server's message that is kept.</summary>
    internal const int LongestMessage = 500;

    private const string CheckAddress = "Check the address, and whether a proxy or gateway stands in between.";

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
        RecommendedAction = "Use an HTTPS address; plain HTTP is for loopback only.",
        EndsTheCommand = true,
    };

    internal static ByokApiException BadInput(string message) => new(ByokErrorKind.BadRequest, message);

    /// <summary>A response with a status that is not a success.</summary>
    /// <param name="operation">What the request does.</param>
    /// <param name="response">The response.</param>
    /// <param name="body">Its body.</param>
    /// <param name="redactor">Redacts the server's message.</param>
    /// <param name="now">The time by our clock.</param>
    /// <param name="longestPause">The longest pause that a request waits: a 429 that asks for more ends the command.</param>
    internal static ByokApiException Status(
        string operation, HttpResponseMessage response, ReadOnlyMemory<byte> body, Redactor redactor, DateTimeOffset now, TimeSpan longestPause)
    {
        int status = (int)response.StatusCode;
        string? message = Shorten(redactor, ResponseReader.ReadErrorMessage(body));
        string quoted = string.IsNullOrWhiteSpace(message) ? string.Empty : $" The server says: {message!.TrimEnd('.')}.";
        (ByokErrorKind kind, string what, string advice) = status == 404 && IsCollection(response) ? NoApi : Describe(status);
        TimeSpan? retryAfter = RetryAfter.Read(response.Headers, now);
        return new ByokApiException(kind, $"{operation}: {what} ({status}).{quoted}", advice)
        {
            StatusCode = status,
            ServerMessage = message,
            RetryAfter = retryAfter,
            EndsTheCommand = status == 401 || (status == 429 && retryAfter > longestPause),
            MayHaveBeenProcessed = status is 408 or >= 500,
        };
    }

    /// <summary>A response that does not come from the API.</summary>
    internal static ByokApiException BadResponse(string operation, string what, int status, bool isTransient = false) => new(
        ByokErrorKind.BadResponse,
        $"{operation}: the response ({status}) does not come from the API: {what}.",
        CheckAddress)
    {
        StatusCode = status,
        IsTransient = isTransient,
        MayHaveBeenProcessed = true,
    };

    /// <summary>A response that belongs to another request.</summary>
    internal static ByokApiException Mismatch(string operation, string mismatch, int status) => new(
        ByokErrorKind.BadResponse,
        $"{operation}: the response ({status}) belongs to another request: {mismatch}. The connection was closed.",
        CheckAddress)
    {
        StatusCode = status,
        IsTransient = true,
        MayHaveBeenProcessed = true,
    };

    internal static ByokApiException Timeout(string operation, int seconds) => new(
        ByokErrorKind.Timeout,
        $"{operation}: no complete response within {seconds.ToString(CultureInfo.InvariantCulture)} s.",
        "Try again later, or allow more time with -TimeoutSec.")
    {
        IsTransient = true,
        MayHaveBeenProcessed = true,
    };

    /// <summary>No connection, a broken connection, or a response that is not HTTP.</summary>
    internal static ByokApiException ConnectionFailed(string operation, Uri address, Exception cause)
    {
        if (IsNoHttp(cause))
        {
            return new ByokApiException(
                ByokErrorKind.BadResponse,
                $"{operation}: the response does not come from the API: it is not valid HTTP, or its headers are larger than 64 KiB.",
                CheckAddress)
            {
                MayHaveBeenProcessed = true,
            };
        }

        bool isTls = IsTls(cause);
        bool wasNeverSent = WasNeverSent(cause);
        string server = FormattableString.Invariant($"{address.Host}:{address.Port}");
        string what = isTls ? $"the TLS handshake with {server} failed"
            : wasNeverSent ? $"{server} cannot be reached"
            : "the connection broke before the response was complete";
        return new ByokApiException(
            ByokErrorKind.ConnectionFailed,
            $"{operation}: {what}{ReasonIn(cause)}.",
            isTls
                ? "Check the server's certificate, the address, and whether a proxy or gateway stands in between."
                : "Check the network, the proxy and the address.")
        {
            IsTransient = true,
            EndsTheCommand = wasNeverSent,
            MayHaveBeenProcessed = !wasNeverSent,
        };
    }

    /// <summary>The server rejected another request and asked for a longer pause than a request waits.</summary>
    internal static ByokApiException StillPaused(string operation, TimeSpan pause) => new(
        ByokErrorKind.RateLimited,
        $"{operation}: not sent, because the server asked clients to wait for another {Math.Ceiling(pause.TotalMinutes).ToString(CultureInfo.InvariantCulture)} minutes.",
        "Continue after that time.")
    {
        StatusCode = 429,
        RetryAfter = pause,
        EndsTheCommand = true,
        WasNotSent = true,
    };

    internal static ByokApiException OutcomeUnknown(string evidence, ByokApiException cause) => new(
        ByokErrorKind.CreateOutcomeUnknown,
        $"It is unknown whether the key was created. {evidence} The last failure was: {cause.Message}",
        cause)
    {
        StatusCode = cause.StatusCode,
        ServerMessage = cause.ServerMessage,
        Attempts = cause.Attempts,
        RecommendedAction = "List the keys of the provider with Get-ByokKey -Provider, and compare name, label and creation time before creating it again.",
    };

    /// <summary>The API always has a list, so an address without one is not the address of the API.</summary>
    private static (ByokErrorKind Kind, string What, string Advice) NoApi =>
        (ByokErrorKind.NotFound, "the API is not at this address", "Check the address (-BaseUri, OPENROUTER_BASE_URL): it ends with /api/v1, as in https://openrouter.ai/api/v1.");

    private static bool IsCollection(HttpResponseMessage response) =>
        response.RequestMessage is { RequestUri: { } address } request && request.Method == HttpMethod.Get && !ResourceId.IsId(address.AbsolutePath.Substring(address.AbsolutePath.LastIndexOf('/') + 1));

    private static (ByokErrorKind Kind, string What, string Advice) Describe(int status) => status switch
    {
        >= 300 and < 400 => (ByokErrorKind.BadResponse, "the server sent a redirect, and redirects are not followed, so that no secret goes to another server", "Check the address (-BaseUri, OPENROUTER_BASE_URL)."),
        400 or 422 => (ByokErrorKind.BadRequest, "the server does not accept the request", "Check the values that were given."),
        401 => (ByokErrorKind.Unauthorized, "the server refused the management key", "Give a management key (an ordinary API key is refused) with Connect-Byok or OPENROUTER_MANAGEMENT_KEY."),
        403 => (ByokErrorKind.Forbidden, "the management key lacks the permission for this", "Ask the owner of the account for the permission."),
        404 => (ByokErrorKind.NotFound, "there is no such key or workspace", "List the keys with Get-ByokKey, or the workspaces with Get-ByokWorkspace."),
        409 => (ByokErrorKind.Conflict, "the request conflicts with the key's current state", "Look at the key with Get-ByokKey, then try again."),
        408 => (ByokErrorKind.Timeout, "the server did not receive the request in time", "Try again."),
        429 => (ByokErrorKind.RateLimited, "too many requests", "Wait, then continue with a smaller -ThrottleLimit."),
        >= 500 => (ByokErrorKind.ServerError, "the server failed", "Try again later."),
        _ => (ByokErrorKind.BadRequest, "the server does not accept the request", "Check the address and the values that were given."),
    };

    private static string? Shorten(Redactor redactor, string? message)
    {
        // Cut twice: the second cut removes the rest of a secret that the first cut divided.
        string? clean = redactor.Redact(message?.Length > 10 * LongestMessage ? message.Substring(0, 10 * LongestMessage) : message);
        return clean?.Length > LongestMessage ? clean.Substring(0, LongestMessage) + "…" : clean;
    }

    private static bool IsNoHttp(Exception cause)
    {
#if NET
        return cause is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.InvalidResponse };
#else
        return cause.InnerException is WebException { Status: WebExceptionStatus.ServerProtocolViolation or WebExceptionStatus.MessageLengthLimitExceeded };
#endif
    }

    /// <summary>Whether TLS failed, at the handshake or later.</summary>
    private static bool IsTls(Exception cause) => CausesOf(cause).Any(static inner => inner
        is AuthenticationException
#if NET
        or HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError });
#else
        or WebException { Status: WebExceptionStatus.TrustFailure or WebExceptionStatus.SecureChannelFailure });
#endif

    private static bool WasNeverSent(Exception cause)
    {
#if NET
        return cause is HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
        };
#else
        // This target has no error code; the inner exceptions show a failed connection.
        return CausesOf(cause).Any(static inner => inner
            is AuthenticationException
            or WebException { Status: WebExceptionStatus.ConnectFailure or WebExceptionStatus.NameResolutionFailure or WebExceptionStatus.ProxyNameResolutionFailure or WebExceptionStatus.TrustFailure or WebExceptionStatus.SecureChannelFailure }
            or SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NoData or SocketError.TryAgain });
#endif
    }

    /// <summary>The message of the system, if it is about the network or TLS.</summary>
    private static string ReasonIn(Exception cause) =>
        CausesOf(cause).LastOrDefault(static inner => inner is SocketException or AuthenticationException) is { } reason ? $" ({reason.Message.TrimEnd('.')})" : string.Empty;

    private static IEnumerable<Exception> CausesOf(Exception cause)
    {
        for (Exception? inner = cause; inner is not null; inner = inner.InnerException)
        {
            yield return inner;
        }
    }
}
