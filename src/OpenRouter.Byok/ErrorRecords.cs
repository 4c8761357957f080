using System.Management.Automation;

namespace OpenRouter.Byok;

/// <summary>Makes the error records of the module: a stable id, a category, the target and what to do next.</summary>
internal static class ErrorRecords
{
    /// <summary>The error record for a failed operation.</summary>
    /// <param name="cause">What happened.</param>
    /// <param name="target">The input that failed; nothing that can hold a secret.</param>
    internal static ErrorRecord From(ByokApiException cause, object? target) =>
        new(cause, "Byok" + cause.Kind, CategoryOf(cause.Kind), target)
        {
            ErrorDetails = cause.RecommendedAction is { } action ? new ErrorDetails(cause.Message) { RecommendedAction = action } : null,
        };

    /// <summary>Input that is refused before anything is sent.</summary>
    internal static ByokApiException BadInput(string problem, string? action = null) =>
        new(ByokErrorKind.BadRequest, action is null ? $"{problem} Nothing was sent." : $"{problem} {action} Nothing was sent.") { RecommendedAction = action };

    private static ErrorCategory CategoryOf(ByokErrorKind kind) => kind switch
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
    };
}
