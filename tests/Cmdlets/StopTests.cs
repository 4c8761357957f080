using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Ctrl+C ends a command whatever the server does, and no request follows.</summary>
public sealed class StopTests
{
    private const string Creates = "1..50 | ForEach-Object { [pscustomobject]@{ Name = \"n$_\" } } | New-ByokKey openai $key -ThrottleLimit 5";

    public static TheoryData<string, string, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, int>();
            foreach ((string command, int most) in new[]
            {
                ("Get-ByokKey", 1),
                ("$ids | Get-ByokKey", 8),
                ("$ids | Remove-ByokKey -Confirm:$false -ThrottleLimit 3", 3),
                ("$ids | Set-ByokKey -Disabled $true", 8),
                ("$ids | Set-ByokKey -Disabled $true -WhatIf", 8),
                (Creates, 5),
                ("Get-ByokWorkspace", 1),
                ("$ids | ForEach-Object { [pscustomobject]@{ Id = $_; Disabled = 'true' } } | Sync-ByokKey", 1),
            })
            {
                foreach (string fault in new[] { "*:Hang", "*:HangAfterCommit", "*:SlowTrickle(1000)", "*:RateLimited(120)", "*:Unavailable(120)" })
                {
                    // A create that failed lets others run while it waits, up to four for each place; one listing looks for all their keys.
                    cases.Add(command, fault, command == Creates && fault == "*:Unavailable(120)" ? (4 * 5) + 1 : most);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Whatever_the_server_does_a_stop_ends_the_command_and_no_request_follows(string command, string fault, int most)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 50, retries: 50, timeoutSec: 300, options: new SandboxOptions { Faults = [fault] });
        RunningCommand running = shell.Begin(command, ("ids", shell.Ids), ("key", HostedPowerShell.Secure("sk-test-0123456789")));
        await Wait.UntilAsync(() => shell.Server.Requests.Count > 0);
        await running.StopAsync().WaitAsync(Wait.Limit, TestContext.Current.CancellationToken);
        CommandResult stopped = await running.EndAsync();
        Assert.True(stopped.WasStopped);
        Assert.Empty(stopped.AllErrors);

        // Requests in flight may still arrive, at most as many as may be in flight at once; every socket is released.
        await Task.Delay(100, TestContext.Current.CancellationToken);
        await Wait.UntilAsync(() => shell.Server.Concurrent == 0);
        Assert.InRange(shell.Server.Requests.Count, 1, most);

        // The session can be used again at once; only a connection that must wait continues to wait.
        shell.Server.Faults.Clear();
        Assert.NotEmpty((await shell.InvokeAsync("Get-ByokWorkspace -Connection $another", ("another", HostedPowerShell.Connect(shell.Server)))).Succeeded().Objects);
    }

    [Fact]
    public async Task A_stop_during_a_long_wait_between_attempts_sends_no_further_attempt()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, options: new SandboxOptions { Faults = ["Get:RateLimited(60)"] });
        RunningCommand running = shell.Begin("Get-ByokKey -Id $id", ("id", shell.Ids[0]));
        await Wait.UntilAsync(() => shell.Server.Requests.Any(request => request.Status == 429));
        await running.StopAsync().WaitAsync(Wait.Limit, TestContext.Current.CancellationToken);
        Assert.True((await running.EndAsync()).WasStopped);
        Assert.Single(shell.Server.Requests);
    }

    [Fact]
    public async Task A_stop_while_a_prompt_is_open_sends_nothing_for_it()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2);
        using var isAsked = new ManualResetEventSlim();
        using var answer = new ManualResetEventSlim();
        using var isStopping = new ManualResetEventSlim();
        shell.Host.OnPrompt = _ =>
        {
            isAsked.Set();
            answer.Wait(Wait.Limit);
            return Answer.Yes;
        };
        RunningCommand running = shell.Begin(
            "Import-Module -Assembly $assembly; $ids | Remove-ByokKey | Watch-Stop $event",
            ("ids", shell.Ids),
            ("event", isStopping),
            ("assembly", typeof(WatchStopCommand).Assembly));
        await Task.Run(() => isAsked.Wait(Wait.Limit), TestContext.Current.CancellationToken);
        Task stopping = running.StopAsync();
        await Task.Run(() => isStopping.Wait(Wait.Limit), TestContext.Current.CancellationToken);
        answer.Set();
        await stopping.WaitAsync(Wait.Limit, TestContext.Current.CancellationToken);
        Assert.True((await running.EndAsync()).WasStopped);
        Assert.Empty(shell.Server.Requests.Of(ApiOperation.Delete));
        Assert.Equal(2, shell.Store.Count);
    }
}
