using System.Management.Automation;

namespace OpenRouter.Byok;

/// <summary>Makes the error records of the module: a stable id, a category, the target and what to do next.</summary>
internal static class ErrorRecords
{
    /// <summary>The error record for a failed operation.</summary>
    /// <param name="cause">What happened.</param>
    /// <param name="target">The input that failed; it must not contain a secret.</param>
    internal static ErrorRecord From(ByokApiException cause, object? target)
    {
        var record = new ErrorRecord(cause, "Byok" + cause.Kind, CategoryOf(cause.Kind), target);
        if (cause.RecommendedAction is { } action)
        {
            record.ErrorDetails = new ErrorDetails(ToDetails(cause.Message, action)) { RecommendedAction = action };
        }

        return record;
    }

    /// <summary>Input that is refused before anything is sent.</summary>
    internal static ByokApiException BadInput(string problem, string? action = null) =>
        new(ByokErrorKind.BadRequest, action is null ? $"{problem} Nothing was sent." : $"{problem} {action} Nothing was sent.") { RecommendedAction = action };

    /// <summary>PowerShell 7 shows the recommended action below the message, so it is not repeated there; Windows PowerShell shows the message alone.</summary>
    private static string ToDetails(string message, string action) =>
#if NET
        message.Replace(" " + action, string.Empty, StringComparison.Ordinal);
#else
        message;
#endif

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
