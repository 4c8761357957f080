using System.Management.Automation;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Each failure has a stable id, the right category, its input as target, and the server's message.</summary>
public sealed class ErrorTests
{
    [Theory]
    [InlineData("Status(400)", "ByokBadRequest", ErrorCategory.InvalidArgument)]
    [InlineData("Status(422)", "ByokBadRequest", ErrorCategory.InvalidArgument)]
    [InlineData("Status(403)", "ByokForbidden", ErrorCategory.PermissionDenied)]
    [InlineData("Status(404)", "ByokNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Status(409)", "ByokConflict", ErrorCategory.ResourceExists)]
    [InlineData("HtmlPage(200)", "ByokBadResponse", ErrorCategory.InvalidData)]
    [InlineData("BrokenJson", "ByokBadResponse", ErrorCategory.InvalidData)]
    [InlineData("TruncatedBody", "ByokBadResponse", ErrorCategory.InvalidData)]
    [InlineData("ResetBeforeCommit", "ByokConnectionFailed", ErrorCategory.ConnectionError)]
    [InlineData("Redirect('https://localhost/')", "ByokBadResponse", ErrorCategory.InvalidData)]
    [InlineData("Status(501)", "ByokServerError", ErrorCategory.ResourceUnavailable)]
    [InlineData("Status(503)", "ByokServerError", ErrorCategory.ResourceUnavailable)]
    [InlineData("Status(429)", "ByokRateLimited", ErrorCategory.LimitsExceeded)]
    public async Task A_failure_of_one_record_has_its_id_its_category_and_the_key_as_target(string fault, string errorId, ErrorCategory category)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2, retries: 1, options: new SandboxOptions { Faults = [$"Get:{fault}"] });
        CommandResult failed = await shell.InvokeAsync("Get-ByokKey -Id $id", ("id", shell.Ids[0]));
        ErrorRecord error = failed.FailedOnceWith(errorId);
        Assert.Equal($"{errorId},OpenRouter.Byok.Cmdlets.GetByokKeyCommand", error.FullyQualifiedErrorId);
        Assert.Equal((category, shell.Ids[0]), (error.CategoryInfo.Category, error.TargetObject));
        Assert.IsType<ByokApiException>(error.Exception);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_is_a_timeout()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, retries: 1, timeoutSec: 1, options: new SandboxOptions { Faults = ["Get:Hang"] });
        ErrorRecord error = Assert.Single((await shell.InvokeAsync("Get-ByokKey -Id $id", ("id", shell.Ids[0]))).AllErrors);
        Assert.StartsWith("ByokTimeout,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.OperationTimeout, error.CategoryInfo.Category);
        Assert.Equal(2, shell.Server.Requests.Count);
    }

    [Fact]
    public async Task An_address_that_would_send_the_management_key_in_clear_is_refused()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        var unsafeConnection = new ByokConnection { BaseUri = new Uri("http://openrouter.invalid/api/v1"), ApiKey = shell.Connection.ApiKey };
        CommandResult refused = await shell.InvokeAsync("Get-ByokKey -Connection $there", ("there", unsafeConnection));
        Assert.Equal(ErrorCategory.SecurityError, refused.EndedWith("ByokInsecureAddress").CategoryInfo.Category);
    }

    [Fact]
    public async Task The_status_the_words_of_the_server_and_the_recommended_action_come_with_the_error()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(
            seed: 1, options: new SandboxOptions { Faults = ["""Get:Status(403,'{"error":{"code":403,"message":"Ask Mary."}}')"""] });
        ErrorRecord error = (await shell.InvokeAsync("Get-ByokKey -Id $id", ("id", shell.Ids[0]))).FailedOnceWith("ByokForbidden");
        var cause = Assert.IsType<ByokApiException>(error.Exception);
        Assert.Equal((403, "Ask Mary."), (cause.StatusCode, cause.ServerMessage));
        Assert.Contains("403", cause.Message, StringComparison.Ordinal);
        Assert.Contains("Ask Mary.", cause.Message, StringComparison.Ordinal);
        Assert.False(string.IsNullOrWhiteSpace(cause.RecommendedAction));
        Assert.Equal(cause.RecommendedAction, error.ErrorDetails?.RecommendedAction);
    }

    [Theory]
    [InlineData("Get-ByokKey -Id nonsense")]
    [InlineData("'nonsense' | Get-ByokKey")]
    [InlineData("[pscustomobject]@{ Id = 'nonsense' } | Get-ByokKey")]
    [InlineData("Set-ByokKey nonsense -Disabled:$true")]
    [InlineData("Set-ByokKey nonsense -Disabled:$true -WhatIf")]
    [InlineData("Remove-ByokKey nonsense -Confirm:$false")]
    [InlineData("Remove-ByokKey nonsense -WhatIf")]
    public async Task A_malformed_id_is_refused_before_anything_is_sent(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        CommandResult refused = await shell.InvokeAsync(command);
        Assert.Equal(ErrorCategory.InvalidArgument, refused.FailedOnceWith("ByokBadRequest").CategoryInfo.Category);
        Assert.Empty(shell.Server.Requests);
        Assert.Empty(refused.HostLines);
    }

    [Theory]
    [InlineData("Status(503)", 503)]
    [InlineData("Status(429)", 429)]
    public async Task Every_attempt_and_its_failure_is_visible_with_verbose(string fault, int status)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, options: new SandboxOptions { Faults = [$"List:{fault}x2"] });
        CommandResult listed = (await shell.InvokeAsync("Get-ByokKey -Verbose")).Succeeded();
        Assert.Equal(3, shell.Server.Requests.Count);
        foreach (int attempt in new[] { 1, 2, 3 })
        {
            Assert.Single(listed.Verbose, message => message.Contains($"attempt {attempt}", StringComparison.Ordinal) && message.Contains("/byok", StringComparison.Ordinal));
        }

        Assert.Equal(2, listed.Verbose.Count(message => message.Contains($"{status}", StringComparison.Ordinal)));
        Assert.Empty((await shell.InvokeAsync("Get-ByokKey")).Succeeded().Verbose);
    }
}
