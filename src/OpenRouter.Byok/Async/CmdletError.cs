using System.Management.Automation;

namespace OpenRouter.Byok.Async;

/// <summary>What an <see cref="ErrorRecord"/> is made of.</summary>
/// <param name="Id">The stable id, which <c>FullyQualifiedErrorId</c> starts with.</param>
/// <param name="Category">The category.</param>
/// <param name="Cause">The exception; its message is what a user reads.</param>
/// <param name="Target">The input that failed; nothing that can hold a secret.</param>
internal sealed record CmdletError(string Id, ErrorCategory Category, ByokApiException Cause, object? Target)
{
    /// <summary>The error record for a failed operation.</summary>
    internal static CmdletError From(ByokApiException cause, object? target) => new(
        "Byok" + cause.Kind,
        cause.Kind switch
        {
            ByokErrorKind.BadRequest => ErrorCategory.InvalidArgument,
            ByokErrorKind.Unauthorized => ErrorCategory.AuthenticationError,
            ByokErrorKind.Forbidden => ErrorCategory.PermissionDenied,
            ByokErrorKind.NotFound => ErrorCategory.ObjectNotFound,
            ByokErrorKind.Conflict => ErrorCategory.ResourceExists,
            ByokErrorKind.RateLimited => ErrorCategory.LimitsExceeded,
            ByokErrorKind.ServerError => ErrorCategory.ResourceUnavailable,
            ByokErrorKind.ConnectionFailed => ErrorCategory.ConnectionError,
            ByokErrorKind.Timeout => ErrorCategory.OperationTimeout,
            ByokErrorKind.CreateOutcomeUnknown => ErrorCategory.InvalidResult,
            ByokErrorKind.BadResponse => ErrorCategory.InvalidData,
            ByokErrorKind.NotConnected => ErrorCategory.AuthenticationError,
            ByokErrorKind.InsecureAddress => ErrorCategory.SecurityError,
            _ => ErrorCategory.NotSpecified,
        },
        cause,
        target);

    /// <summary>Input that is refused before anything is sent.</summary>
    internal static CmdletError BadInput(string message, object? target) =>
        From(new ByokApiException(ByokErrorKind.BadRequest, message), target);
}
