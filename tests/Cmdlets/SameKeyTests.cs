using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Two changes of one key in a pipeline, and one raw key for several keys.</summary>
public sealed class SameKeyTests
{
    private const string RawKey = "sk-one-for-all-0001";

    [Theory]
    [InlineData("$ids[0], $ids[0].ToUpperInvariant()")]
    [InlineData("$keys[0], $ids[0]")]
    [InlineData("$keys[0], $keys[0]")]
    public async Task A_second_change_of_a_key_waits_for_the_first(string twice)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 6);
        string[] ids = shell.Ids;
        await shell.InvokeAsync("$keys = Get-ByokKey");
        var held = new Gate(shell.Server, request => ids[0].Equals(request.Id, StringComparison.OrdinalIgnoreCase));
        RunningCommand changing = shell.Begin(
            $"$count = 0; {twice}, $ids[1..5] | Write-Output | Set-ByokKey -Name {{ \"name $(($script:count++))\" }} -PassThru -ThrottleLimit 8", ("ids", ids));
        await Wait.UntilAsync(() => held.Arrived > 0 && shell.Server.Requests.Of(ApiOperation.Update).Count(request => request.Status == 200) == 5);
        Assert.Equal(1, held.Arrived);
        held.Open();
        CommandResult changed = (await changing.EndAsync()).Succeeded();
        Assert.Equal(["name 0", "name 1"], changed.Keys.Take(2).Select(key => key.Name!));
        Assert.Equal("name 1", shell.Store.Find(Guid.Parse(ids[0]))!.Name);
    }

    [Fact]
    public async Task Rows_of_one_key_take_effect_in_the_order_of_the_rows()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 4);
        shell.Server.LatencyJitter = TimeSpan.FromMilliseconds(20);
        (await shell.InvokeAsync(
            "1..10 | ForEach-Object { foreach ($id in $ids) { [pscustomobject]@{ Id = $id; Name = \"change $_\" } } } | Set-ByokKey -ThrottleLimit 8", ("ids", shell.Ids))).Succeeded();
        Assert.All(shell.Ids, id => Assert.Equal(
            Enumerable.Range(1, 10).Select(number => $$"""{"name":"change {{number}}"}"""),
            shell.Server.Requests.Of(ApiOperation.Update).Where(request => request.Id == id).Select(request => request.Body)));
    }

    [Fact]
    public async Task A_later_change_of_one_key_waits_for_the_attempts_of_the_earlier_one()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, options: new SandboxOptions { Faults = ["Update:Status(503)x2"] });
        (await shell.InvokeAsync("'first', 'second' | ForEach-Object { [pscustomobject]@{ Id = $id; Name = $_ } } | Set-ByokKey", ("id", shell.Ids[0]))).Succeeded();
        Assert.Equal("second", shell.Store.Keys[0].Name);
        Assert.Equal(["first", "first", "first", "second"], shell.Bodies(ApiOperation.Update).Select(body => body.Contains("first", StringComparison.Ordinal) ? "first" : "second"));
    }

    [Theory]
    [InlineData("Get-ByokKey | Set-ByokKey -Key $key")]
    [InlineData("$ids[0], (Get-ByokKey -Id $ids[1]) | Set-ByokKey -Key $key")]
    [InlineData("$ids | Set-ByokKey -Key $key")]
    [InlineData("Set-ByokKey $ids $key")]
    [InlineData("$ids | Set-ByokKey -KeyPath $file")]
    [InlineData("Get-ByokKey | Set-ByokKey -KeyPath $file -Confirm")]
    [InlineData("Get-ByokKey | Set-ByokKey -Key $key -Name same -WhatIf")]
    [InlineData("Get-ByokKey | Select-Object Id, Provider | Set-ByokKey -Key $key")]
    [InlineData("$ids | ForEach-Object { [pscustomobject]@{ Id = $_; Name = 'same' } } | Set-ByokKey -Key $key")]
    public async Task One_raw_key_for_keys_of_several_providers_is_refused_before_anything_is_sent(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 4, keys: new SeedOptions { Providers = ["openai", "anthropic"] });
        using var folder = new TemporaryFolder();
        CommandResult refused = await shell.InvokeAsync(command, ("ids", shell.Ids), ("key", HostedPowerShell.Secure(RawKey)), ("file", folder.Write("key.txt", RawKey)));
        string message = refused.EndedWith("ByokBadRequest").Exception.Message;
        Assert.Contains("openai", message, StringComparison.Ordinal);
        Assert.Contains("anthropic", message, StringComparison.Ordinal);
        Assert.Empty(refused.Prompts);
        Assert.Empty(refused.HostLines);
        Assert.All(shell.Server.Requests, request => Assert.Equal("GET", request.Method));
    }

    [Theory]
    [InlineData("Get-ByokKey -Provider openai | Set-ByokKey -Key $key")]
    [InlineData("$ids[0], $ids[2] | Set-ByokKey -Key $key")]
    [InlineData("$ids[0] | Set-ByokKey -KeyPath $file; $ids[2] | Set-ByokKey -KeyPath $file")]
    public async Task One_raw_key_goes_to_all_keys_of_one_provider(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 4, keys: new SeedOptions { Providers = ["openai", "anthropic"] });
        using var folder = new TemporaryFolder();
        (await shell.InvokeAsync(command, ("ids", shell.Ids), ("key", HostedPowerShell.Secure(RawKey)), ("file", folder.Write("key.txt", RawKey + "\n")))).Succeeded();
        Assert.Equal([true, false, true, false], shell.Store.Keys.Select(key => key.RawKey == RawKey));
    }

    [Fact]
    public async Task After_no_to_all_nothing_is_sent_and_nothing_counts_as_succeeded()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 50);
        shell.Host.OnPrompt = _ => Answer.NoToAll;

        // Two invalid ids make the command report its progress.
        CommandResult removed = await shell.InvokeAsync(
            "$ids, 'nonsense', 'nonsense' | Write-Output | Remove-ByokKey -ThrottleLimit 3 -ErrorAction Stop", ("ids", shell.Ids));
        Assert.Single(removed.Prompts);
        Assert.StartsWith("ByokBadRequest,", removed.TerminatingError?.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("Stopped early: 0 succeeded, 2 failed, 0 not completed.", Assert.Single(removed.Warnings, warning => warning.StartsWith("Stopped", StringComparison.Ordinal)));
        Assert.InRange(shell.Server.Requests.Of(ApiOperation.Get).Count, 1, 3);
        Assert.Equal(shell.Server.Requests.Count, shell.Server.Requests.Of(ApiOperation.Get).Count);
        Assert.Equal(50, shell.Store.Count);
    }

    [Theory]
    [InlineData("Get-ByokKey | Remove-ByokKey")]
    [InlineData("Get-ByokKey | Set-ByokKey -Disabled $true -Confirm")]
    [InlineData("Get-ByokKey | Disable-ByokKey -Confirm")]
    [InlineData("$ids | Disable-ByokKey -Confirm")]
    [InlineData("1..50 | ForEach-Object { [pscustomobject]@{ Provider = 'openai'; Name = $_ } } | New-ByokKey -Key $key -Confirm")]
    public async Task After_no_to_all_nothing_is_changed(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 50);
        shell.Host.OnPrompt = _ => Answer.NoToAll;
        CommandResult asked = (await shell.InvokeAsync(command, ("ids", shell.Ids), ("key", HostedPowerShell.Secure(RawKey)))).Succeeded();
        Assert.Single(asked.Prompts);
        Assert.All(shell.Server.Requests, request => Assert.Equal("GET", request.Method));

        // Apart from the listing, no more was read than may be in flight at once.
        Assert.InRange(shell.Server.Requests.Of(ApiOperation.Get).Count, 0, 8);
    }
}
