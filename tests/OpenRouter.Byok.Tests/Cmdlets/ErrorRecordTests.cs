using System.Management.Automation;
using OpenRouter.Byok.Async;

namespace OpenRouter.Byok.Tests.Cmdlets;

public sealed class ErrorRecordTests
{
    [Theory]
    [InlineData(nameof(ByokErrorKind.BadRequest), ErrorCategory.InvalidArgument)]
    [InlineData(nameof(ByokErrorKind.Unauthorized), ErrorCategory.AuthenticationError)]
    [InlineData(nameof(ByokErrorKind.Forbidden), ErrorCategory.PermissionDenied)]
    [InlineData(nameof(ByokErrorKind.NotFound), ErrorCategory.ObjectNotFound)]
    [InlineData(nameof(ByokErrorKind.Conflict), ErrorCategory.ResourceExists)]
    [InlineData(nameof(ByokErrorKind.RateLimited), ErrorCategory.LimitsExceeded)]
    [InlineData(nameof(ByokErrorKind.ServerError), ErrorCategory.ResourceUnavailable)]
    [InlineData(nameof(ByokErrorKind.ConnectionFailed), ErrorCategory.ConnectionError)]
    [InlineData(nameof(ByokErrorKind.Timeout), ErrorCategory.OperationTimeout)]
    [InlineData(nameof(ByokErrorKind.CreateOutcomeUnknown), ErrorCategory.InvalidResult)]
    [InlineData(nameof(ByokErrorKind.BadResponse), ErrorCategory.InvalidData)]
    [InlineData(nameof(ByokErrorKind.NotConnected), ErrorCategory.AuthenticationError)]
    [InlineData(nameof(ByokErrorKind.InsecureAddress), ErrorCategory.SecurityError)]
    public void Each_kind_has_its_id_and_category(string kind, ErrorCategory category)
    {
        var cause = new ByokApiException(Enum.Parse<ByokErrorKind>(kind), "what happened");
        CmdletError error = CmdletError.From(cause, "target");
        Assert.Equal(("Byok" + kind, category, "target"), (error.Id, error.Category, error.Target));
        Assert.Same(cause, error.Cause);
    }

    [Fact]
    public void No_kind_is_without_a_category() => Assert.All(
        Enum.GetValues<ByokErrorKind>(),
        kind => Assert.NotEqual(ErrorCategory.NotSpecified, CmdletError.From(new ByokApiException(kind, "what happened"), target: null).Category));
}
