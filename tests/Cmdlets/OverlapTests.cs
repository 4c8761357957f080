using System.Globalization;
using System.Management.Automation;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>The records of a pipeline run concurrently, at most as many as allowed, and the output has the order of the input.</summary>
public sealed class OverlapTests
{
    [Fact]
    public async Task A_record_that_takes_long_does_not_hold_up_those_behind_it()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 100);
        string first = shell.Ids[0];
        var gate = new Gate(shell.Server, request => request.Id == first);
        RunningCommand running = shell.Begin("$ids | Disable-ByokKey -ThrottleLimit 2 -PassThru", ("ids", shell.Ids));
        await Wait.UntilAsync(() => shell.Store.Keys.Count(key => key.Disabled) == 99);
        gate.Open();
        CommandResult changed = (await running.EndAsync()).Succeeded();
        Assert.Equal(shell.Ids, changed.Objects.Select(key => ((ByokKey)key.BaseObject).Id));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(64)]
    public async Task Results_and_errors_come_out_in_input_order_and_no_more_than_allowed_run_at_once(int throttle)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 300);
        shell.Server.LatencyJitter = TimeSpan.FromMilliseconds(4);
        string[] given = shell.Ids;
        for (int row = 3; row < given.Length; row += 7)
        {
            given[row] = Guid.NewGuid().ToString();
        }

        CommandResult got = (await shell.InvokeAsync(
            "$given | Set-ByokKey -Name new -PassThru -ThrottleLimit $throttle 2>&1", ("given", given), ("throttle", throttle))).Succeeded();
        Assert.Equal(given, got.Objects.Select(value => value.BaseObject is ErrorRecord error ? (string)error.TargetObject : ((ByokKey)value.BaseObject).Id));
        Assert.Equal(43, got.Objects.Count(value => value.BaseObject is ErrorRecord));
        Assert.InRange(shell.Server.MaxConcurrent, throttle == 1 ? 1 : 2, throttle);
    }

    [Fact]
    public async Task As_many_records_as_allowed_are_in_flight()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 24);
        var gate = new Gate(shell.Server);
        RunningCommand changing = shell.Begin("$ids | Set-ByokKey -Disabled $true -PassThru", ("ids", shell.Ids));

        // Eight by default; none receives its response before all of them have arrived.
        await gate.WaitForAsync(8);
        gate.Open();
        Assert.Equal(shell.Ids, (await changing.EndAsync()).Succeeded().Keys.Select(key => key.Id));
        Assert.Equal(8, shell.Server.MaxConcurrent);
    }

    [Fact]
    public async Task A_slow_record_holds_up_what_comes_out_and_not_what_runs()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 6);
        string[] ids = shell.Ids;
        var slow = new Gate(shell.Server, request => request.Id == ids[0]);
        RunningCommand changing = shell.Begin("$ids | Set-ByokKey -Disabled $true -PassThru -ThrottleLimit 2", ("ids", ids));
        await Wait.UntilAsync(() => shell.Store.Keys.Count(key => key.Disabled) == 5);
        Assert.Equal(0, changing.OutputCount);
        slow.Open();
        Assert.Equal(ids, (await changing.EndAsync()).Succeeded().Keys.Select(key => key.Id));
    }

    [Fact]
    public async Task Input_is_read_no_further_ahead_than_a_few_times_the_limit()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 300);
        CommandResult got = (await shell.InvokeAsync("""
            $read = $written = $most = 0
            $ids | ForEach-Object { $read++; $_ } | Set-ByokKey -Disabled $true -PassThru -ThrottleLimit 4 | ForEach-Object { $most = [Math]::Max($most, $read - $written); $written++ }
            $most, $written
            """, ("ids", shell.Ids))).Succeeded();
        int most = int.Parse(got.Texts[0], CultureInfo.InvariantCulture);
        Assert.Equal("300", got.Texts[1]);
        Assert.InRange(most, 2, 32);
    }

    [Fact]
    public async Task Prompts_come_in_input_order_and_the_results_of_earlier_records_stream_meanwhile()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 60);
        string[] ids = shell.Ids;
        string[] names = shell.Names;
        RunningCommand? changing = null;
        var asked = new List<string>();
        shell.Host.OnPrompt = prompt =>
        {
            asked.Add(names.Single(name => prompt.Text.Contains(name, StringComparison.Ordinal)));
            Assert.True(asked.Count - changing!.OutputCount <= 20, "What was done long ago is held back.");
            return Answer.Yes;
        };
        changing = shell.Begin("$ids | Set-ByokKey -Disabled $true -PassThru -Confirm -ThrottleLimit 4", ("ids", ids));
        Assert.Equal(ids, (await changing.EndAsync()).Succeeded().Keys.Select(key => key.Id));
        Assert.Equal(names, asked);
    }

    [Fact]
    public async Task Downstream_commands_run_on_the_thread_of_the_pipeline()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 30);
        CommandResult got = (await shell.InvokeAsync("""
            $here = [Environment]::CurrentManagedThreadId
            $ids | Set-ByokKey -Disabled $true -PassThru | ForEach-Object { [Environment]::CurrentManagedThreadId -eq $here } | Group-Object -NoElement | ForEach-Object { "$($_.Name) $($_.Count)" }
            """, ("ids", shell.Ids))).Succeeded();
        Assert.Equal(["True 30"], got.Texts);
    }
}
