using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Enable-ByokKey and Disable-ByokKey.</summary>
public sealed class SwitchTests
{
    [Theory]
    [InlineData("Disable-ByokKey $ids", true)]
    [InlineData("$ids | Disable-ByokKey", true)]
    [InlineData("Get-ByokKey | Disable-ByokKey", true)]
    [InlineData("Disable-ByokKey (Get-ByokKey)", true)]
    [InlineData("$ids | ForEach-Object { [pscustomobject]@{ Id = $_; Owner = 'somebody' } } | Disable-ByokKey", true)]
    [InlineData("Enable-ByokKey $ids", false)]
    [InlineData("Get-ByokKey | Enable-ByokKey", false)]
    public async Task The_state_alone_is_sent_and_nothing_comes_out(string command, bool disabled)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        for (int number = 0; number < 3; number++)
        {
            shell.Store.Add("openai", $"sk-abcdefghijkl-{number}", $"key {number}", key => key with { Disabled = !disabled, IsRequired = true });
        }

        Assert.Empty((await shell.InvokeAsync(command, ("ids", shell.Ids))).Succeeded().Objects);
        shell.AssertSent(ApiOperation.Update, [.. Enumerable.Repeat($$"""{"disabled":{{(disabled ? "true" : "false")}}}""", 3)]);
        Assert.All(shell.Store.Keys, key => Assert.Equal(disabled, key.Disabled));
    }

    [Fact]
    public async Task Pass_thru_returns_the_changed_keys()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2);
        CommandResult changed = (await shell.InvokeAsync("Get-ByokKey | Disable-ByokKey -PassThru")).Succeeded();
        Assert.Equal(shell.Ids, changed.Keys.Select(key => key.Id));
        Assert.All(changed.Keys, key => Assert.True(key.Disabled));
    }

    [Fact]
    public async Task What_if_and_confirm_ask_about_each_key()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2);
        string[] names = shell.Names;
        CommandResult shown = (await shell.InvokeAsync("Get-ByokKey | Disable-ByokKey -WhatIf")).Succeeded();
        Assert.All(shown.HostLines.Zip(names), pair => Assert.Contains(pair.Second, pair.First, StringComparison.Ordinal));
        Assert.Equal(2, shown.HostLines.Count);
        Assert.Empty(shell.Server.Requests.Of(ApiOperation.Update));

        var answers = new Queue<Answer>([Answer.No, Answer.Yes]);
        shell.Host.OnPrompt = _ => answers.Dequeue();
        CommandResult asked = (await shell.InvokeAsync("Get-ByokKey | Disable-ByokKey -Confirm")).Succeeded();
        Assert.All(asked.Prompts.Zip(names), pair => Assert.Contains(pair.Second, pair.First.Text, StringComparison.Ordinal));
        Assert.Equal([false, true], shell.Store.Keys.Select(key => key.Disabled));
    }

    [Fact]
    public async Task Without_confirm_nothing_is_asked()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        Assert.Empty((await shell.InvokeAsync("Get-ByokKey | Disable-ByokKey")).Succeeded().Prompts);
    }
}
