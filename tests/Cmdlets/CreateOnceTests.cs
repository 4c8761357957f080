using System.Management.Automation;
using System.Text.Json.Nodes;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>New-ByokKey creates exactly one key, whatever happens to its request. The module waits before it repeats a request, so the cases wait at the same time.</summary>
public sealed class CreateOnceTests
{
    [Fact]
    public async Task A_fault_makes_neither_two_keys_nor_none()
    {
        string[] faults =
            ["StatusAfterCommit(502)x3", "ResetAfterCommitx1", "ResetBeforeCommitx2", "Status(503)x2", "Status(429)x1", "HtmlPage(502)x1", "TruncatedBodyx1", "EmptyBodyx1"];
        await Task.WhenAll(faults.Select(async fault =>
        {
            await using HostedPowerShell shell = await HostedPowerShell.StartAsync(retries: 5, options: new SandboxOptions { Faults = [$"Create:{fault}"] });
            CommandResult created = await CreateAsync(shell, "New-ByokKey openai $key -Name one");
            Assert.True(created.AllErrors.Count == 0, $"{fault}: {string.Join(" ", created.AllErrors)}");
            Assert.True(shell.Store.Count == 1, $"{fault}: {shell.Store.Count} keys.");
            Assert.Equal(shell.Ids, created.Keys.Select(key => key.Id));
        }));
    }

    [Fact]
    public async Task Rows_that_are_alike_create_a_key_each()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(options: new SandboxOptions { Faults = ["Create:StatusAfterCommit(502)x2"] });
        CommandResult created = (await CreateAsync(shell, "$row = [pscustomobject]@{ Provider = 'openai'; Name = 'same' }; $row, $row, $row | New-ByokKey -Key $key")).Succeeded();
        Assert.Equal(shell.Ids.Order(), created.Keys.Select(key => key.Id).Order());
        Assert.Equal(3, shell.Store.Count);
    }

    [Fact]
    public async Task A_create_whose_outcome_stays_unknown_is_reported_and_not_sent_twice()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(timeoutSec: 2, options: new SandboxOptions { Faults = ["Create:HangAfterCommit", "List:Status(503)"] });
        CommandResult failed = await shell.InvokeAsync("New-ByokKey openai $key -Name one", ("key", HostedPowerShell.Secure("sk-abcdefghijkl")));
        ErrorRecord error = Assert.Single(failed.AllErrors);
        Assert.StartsWith("ByokCreateOutcomeUnknown,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.InvalidResult, error.CategoryInfo.Category);
        Assert.Contains("one", $"{error.TargetObject}", StringComparison.Ordinal);
        Assert.Single(shell.Server.Requests.Of(ApiOperation.Create));
        Assert.Equal(1, shell.Store.Count);
    }

    [Theory]
    [InlineData("-ThrottleLimit 2", 8)]
    [InlineData("-ThrottleLimit 1", 1)]
    [InlineData("-ThrottleLimit 2 -ErrorAction Stop", 2)]
    public async Task Creates_that_wait_for_the_list_let_others_run_unless_their_order_or_the_first_error_matters(string options, int sent)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(options: new SandboxOptions { Faults = ["Create:Status(502)x2"] });
        RunningCommand creating = shell.Begin(
            $"1..8 | ForEach-Object {{ [pscustomobject]@{{ Name = \"n$_\" }} }} | New-ByokKey openai $key {options}", ("key", HostedPowerShell.Secure("sk-created-000001")));

        // The third look follows three seconds after the failure; a failed create is sent again after ten.
        await Wait.UntilAsync(() => shell.Server.Requests.Of(ApiOperation.List).Count >= 3 && shell.Server.Requests.Of(ApiOperation.Create).Count >= sent);
        await creating.StopAsync();
        await creating.EndAsync();

        string[] names = [.. shell.Bodies(ApiOperation.Create).Select(body => (string)JsonNode.Parse(body)!["name"]!)];
        Assert.Equal(sent, names.Distinct().Count());
        Assert.Equal(Math.Max(0, sent - 2), shell.Store.Count);
    }

    private static Task<CommandResult> CreateAsync(HostedPowerShell shell, string command) =>
        shell.InvokeAsync(command, ("key", HostedPowerShell.Secure("sk-created-000001")));
}
