using System.Management.Automation;
using System.Text.RegularExpressions;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>A command that ends early starts nothing new, loses no result of a sent request, and reports its progress.</summary>
public sealed partial class EndingTests
{
    private const string RawKey = "sk-test-0123456789";

    [Fact]
    public async Task Stopping_on_an_error_starts_nothing_new_lets_the_rest_finish_and_reports_how_many_succeeded()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 100, options: new SandboxOptions { Faults = ["Update:Status(400)+20x1"] });
        CommandResult changed = await shell.InvokeAsync("$ids | Set-ByokKey -Disabled $true -PassThru -ErrorAction Stop", ("ids", shell.Ids));
        Assert.StartsWith("ByokBadRequest,", changed.TerminatingError?.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(changed.Errors);
        int succeeded = shell.Store.Keys.Count(key => key.Disabled);
        Assert.InRange(succeeded, 20, 99);
        Assert.Equal(succeeded + 1, shell.Server.Requests.Count);
        Assert.Equal(shell.Store.Keys.Where(key => key.Disabled).Select(key => key.Id.ToString()), changed.Keys.Select(key => key.Id));
        Assert.Equal([succeeded, 1], Counts(Assert.Single(changed.Warnings))[..2]);
    }

    [Fact]
    public async Task A_refused_record_counts_as_failed_where_the_command_ends_early()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        string[] ids = shell.Ids;
        var gate = new Gate(shell.Server);
        shell.Server.Faults.Add(FaultSpecification.Parse("Update:Status(400)x1"));
        RunningCommand changing = shell.Begin(
            "[pscustomobject]@{ Id = $ids[0]; Disabled = 'true' }, [pscustomobject]@{ Id = $ids[1]; Disabled = 'perhaps' } | Set-ByokKey -ErrorAction Stop", ("ids", ids));
        await gate.WaitForAsync(1);
        gate.Open();
        CommandResult changed = await changing.EndAsync();
        Assert.Equal(ids[0], changed.TerminatingError?.TargetObject);
        Assert.Contains(changed.Warnings, warning => Counts(warning) is [0, 2, ..]);
    }

    [Fact]
    public async Task A_wrong_management_key_is_one_error_for_all_records()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 50);
        var wrong = new ByokConnection { BaseUri = shell.Server.BaseUri, ApiKey = HostedPowerShell.Secure("sk-or-v1-wrong-management-key"), MaximumRetryCount = 0 };
        foreach (string command in new[]
        {
            "Get-ByokKey -Connection $wrong",
            "$ids | Get-ByokKey -Connection $wrong",
            "$ids | Set-ByokKey -Disabled $true -Connection $wrong",
            "$ids | Remove-ByokKey -Confirm:$false -Connection $wrong",
            "1..50 | ForEach-Object { [pscustomobject]@{ Name = \"n$_\" } } | New-ByokKey openai $key -Connection $wrong",
            "Get-ByokWorkspace -Connection $wrong",
        })
        {
            shell.Server.Requests.Clear();
            CommandResult refused = await shell.InvokeAsync(command, ("ids", shell.Ids), ("wrong", wrong), ("key", HostedPowerShell.Secure(RawKey)));
            ErrorRecord error = refused.EndedWith("ByokUnauthorized");
            Assert.Equal(ErrorCategory.AuthenticationError, error.CategoryInfo.Category);
            Assert.DoesNotContain("wrong-management-key", error.ToString(), StringComparison.Ordinal);
            Assert.InRange(refused.Warnings.Count, 0, 1);
            Assert.InRange(shell.Server.Requests.Count, 1, 40);
        }

        Assert.Equal(50, shell.Store.Count);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_one_error_with_its_address()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 10);

        // No server listens on a reserved port; a port that was just released may be used by another test.
        var nowhere = new ByokConnection { BaseUri = new Uri("http://127.0.0.1:1/api/v1"), ApiKey = shell.Connection.ApiKey, MaximumRetryCount = 0 };
        CommandResult refused = await shell.InvokeAsync("$ids | Get-ByokKey -Connection $nowhere", ("ids", shell.Ids), ("nowhere", nowhere));
        ErrorRecord error = refused.EndedWith("ByokConnectionFailed");
        Assert.Equal(ErrorCategory.ConnectionError, error.CategoryInfo.Category);
        Assert.Contains("127.0.0.1:1", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_next_command_has_enough_creates_in_flight_finish_and_are_named()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        var gate = new Gate(shell.Server);
        RunningCommand creating = shell.Begin(
            "1..30 | ForEach-Object { [pscustomobject]@{ Provider = 'openai'; Name = \"name $_.\" } } | New-ByokKey -Key $key -ThrottleLimit 4 | Select-Object -First 1",
            ("key", HostedPowerShell.Secure(RawKey)));
        await gate.WaitForAsync(4);
        gate.Open();
        CommandResult created = (await creating.EndAsync()).Succeeded();
        Assert.Equal("name 1.", Assert.Single(created.Keys).Name);
        string[] rest = [.. shell.Store.Keys.Select(key => key.Name!).Where(name => name != "name 1.")];
        Assert.InRange(rest.Length, 3, 29);
        Assert.Equal(rest.Order(), Names().Matches(Assert.Single(created.Warnings)).Select(match => match.Value).Order());
    }

    [Fact]
    public async Task Nothing_is_reported_where_the_next_command_takes_the_last_one_too()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        CommandResult created = (await shell.InvokeAsync(
            "1..3 | ForEach-Object { [pscustomobject]@{ Provider = 'openai' } } | New-ByokKey -Key $key | Select-Object -First 3", ("key", HostedPowerShell.Secure(RawKey)))).Succeeded();
        Assert.Equal(3, created.Keys.Count);
        Assert.Empty(created.Warnings);
    }

    [Fact]
    public async Task An_open_prompt_is_not_asked_any_more_where_the_command_ends_and_nothing_is_sent_for_it()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 4);
        string[] ids = shell.Ids;

        // All four are read for their prompts; the first one fails while the others wait for their turn.
        var first = new Gate(shell.Server, request => request.Id == ids[0]);
        shell.Server.Faults.Add(new FaultRule(Faults.Status(404)) { Operation = ApiOperation.Get, Predicate = request => request.Id == ids[0] });
        RunningCommand changing = shell.Begin("$ids | Set-ByokKey -Disabled $true -Confirm -ErrorAction Stop", ("ids", ids));
        await Wait.UntilAsync(() => shell.Server.Requests.Count(request => request.Status == 200) == 3);
        first.Open();
        CommandResult changed = await changing.EndAsync();
        Assert.Equal(ids[0], changed.TerminatingError?.TargetObject);
        Assert.Empty(changed.Prompts);
        Assert.Empty(shell.Server.Requests.Of(ApiOperation.Update));
        Assert.Equal([0, 1, 3], Counts(Assert.Single(changed.Warnings)));
    }

    [Fact]
    public async Task A_failure_in_the_next_command_ends_what_is_in_flight_and_names_what_was_created()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        CommandResult created = await shell.InvokeAsync(
            "1..30 | ForEach-Object { [pscustomobject]@{ Provider = 'openai'; Name = \"name $_.\" } } | New-ByokKey -Key $key -ThrottleLimit 4 | ForEach-Object { throw 'broken' }",
            ("key", HostedPowerShell.Secure(RawKey)));
        Assert.Equal("broken", created.TerminatingError?.ToString());
        string[] unheard = [.. shell.Store.Keys.Select(key => key.Name!).Where(name => name != "name 1.")];
        Assert.InRange(unheard.Length, 0, 29);
        Assert.Equal(unheard.Order(), created.Warnings.SelectMany(warning => Names().Matches(warning)).Select(match => match.Value).Order());
        await Wait.UntilAsync(() => shell.Server.Concurrent == 0);
        Assert.Equal(unheard.Length + 1, shell.Server.Requests.Of(ApiOperation.Create).Count);
    }

    [Fact]
    public async Task Silently_continue_goes_on_and_error_variable_has_the_error()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 4);
        CommandResult removed = (await shell.InvokeAsync(
            "$ids[0], 'nonsense', $ids[1] | Remove-ByokKey -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failed; $failed.FullyQualifiedErrorId", ("ids", shell.Ids))).Succeeded();
        Assert.StartsWith("ByokBadRequest,", Assert.Single(removed.Texts), StringComparison.Ordinal);
        Assert.Equal(2, shell.Store.Count);
    }

    private static int[] Counts(string warning) =>
        [.. Numbers().Matches(warning).Select(match => int.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"(?<![\w.-])\d+(?= )")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"name \d+\.")]
    private static partial Regex Names();
}
