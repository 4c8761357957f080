using System.Diagnostics;
using System.Management.Automation;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>A command that takes longer than a second shows how far it is.</summary>
public sealed class ProgressTests
{
    [Fact]
    public async Task A_long_listing_shows_how_many_of_how_many_and_removes_the_display()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 300);
        var later = new Gate(shell.Server, request => request.QueryValue("offset") is not (null or "0"));
        RunningCommand listing = shell.Begin("Get-ByokKey");
        await Wait.UntilAsync(() => listing.OutputCount == 100);
        int shown = listing.ProgressCount;
        await Wait.UntilAsync(() => listing.ProgressCount > shown);
        later.Open();
        CommandResult listed = (await listing.EndAsync()).Succeeded();
        ProgressRecord first = listed.Progress.First(record => record.StatusDescription.StartsWith("100 of 300 done", StringComparison.Ordinal));
        Assert.Equal(33, first.PercentComplete);
        Assert.Equal(ProgressRecordType.Processing, first.RecordType);
        Assert.Equal(ProgressRecordType.Completed, listed.Progress[^1].RecordType);
    }

    [Fact]
    public async Task Long_work_on_records_counts_what_succeeded_and_what_failed()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 4);
        string[] given = [.. shell.Ids[..3], Guid.NewGuid().ToString(), shell.Ids[3]];
        var last = new Gate(shell.Server, request => request.Id == given[^1]);
        RunningCommand changing = shell.Begin("$given | Set-ByokKey -Disabled:$true", ("given", given));
        await Wait.UntilAsync(() => changing.ProgressCount > 0);
        last.Open();
        CommandResult changed = await changing.EndAsync();
        Assert.Single(changed.Errors);
        Assert.Matches(@"\b3\b.*\b1 failed\b", changed.Progress[0].StatusDescription);
        Assert.NotEmpty(changed.Progress[0].Activity);
        Assert.Equal(ProgressRecordType.Completed, changed.Progress[^1].RecordType);
    }

    [Fact]
    public async Task A_wait_is_shown_with_its_reason_and_the_attempts_made_and_the_error_carries_them()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, retries: 1, options: new SandboxOptions { Faults = ["Update:RateLimited(3)"] });
        CommandResult changed = await shell.InvokeAsync("Set-ByokKey $id -Disabled $true", ("id", shell.Ids[0]));
        Assert.Contains(changed.Progress, record => record.CurrentOperation is { } shown
            && shown.StartsWith("waiting ", StringComparison.Ordinal) && shown.EndsWith(" s: rate limit (1 attempt)", StringComparison.Ordinal));
        Assert.Equal(2, Assert.IsType<ByokApiException>(changed.FailedOnceWith("ByokRateLimited").Exception).Attempts);
    }

    [Fact]
    public async Task Declined_keys_are_not_counted_as_done()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 4);
        string last = shell.Ids[^1];
        var gate = new Gate(shell.Server, request => request.Id == last && request.Method == "DELETE");
        var answers = new Queue<Answer>([Answer.No, Answer.Yes, Answer.No, Answer.Yes]);
        shell.Host.OnPrompt = _ => answers.Dequeue();

        RunningCommand removing = shell.Begin("$ids | Remove-ByokKey -Confirm", ("ids", shell.Ids));
        await Wait.UntilAsync(() => removing.ProgressCount > 0 && shell.Store.Count == 3);
        int shown = removing.ProgressCount;
        await Wait.UntilAsync(() => removing.ProgressCount > shown);
        gate.Open();
        CommandResult removed = (await removing.EndAsync()).Succeeded();
        Assert.All(removed.Progress, record => Assert.DoesNotMatch("^[34] done", record.StatusDescription));
        Assert.Contains(removed.Progress, record => record.StatusDescription.StartsWith("1 done", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Short_work_shows_nothing()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        var clock = Stopwatch.StartNew();
        CommandResult listed = (await shell.InvokeAsync("Get-ByokKey")).Succeeded();

        // On a very busy machine the work was not short, and there is nothing to check.
        Assert.True(listed.Progress.Count == 0 || clock.Elapsed > TimeSpan.FromSeconds(1), $"Progress was shown after {clock.Elapsed}.");
    }
}
