using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>-Confirm and -WhatIf: which prompts there are, and what an answer does.</summary>
public sealed class PromptTests
{
    [Fact]
    public async Task Remove_asks_by_itself_naming_the_key_and_keeps_to_the_answer()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 5);
        string[] ids = shell.Ids;
        SandboxKey first = shell.Store.Keys[0];
        Prepare(shell, Answer.Yes, Answer.No, Answer.Yes, Answer.No, Answer.YesToAll);
        CommandResult removed = (await shell.InvokeAsync("Get-ByokKey | Remove-ByokKey")).Succeeded();
        Assert.Equal(5, removed.Prompts.Count);
        AssertNames(first, removed.Prompts[0]);
        Assert.Equal([ids[1], ids[3]], shell.Ids);
    }

    [Fact]
    public async Task Yes_to_all_asks_no_more()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 5);
        string[] ids = shell.Ids;
        Prepare(shell, Answer.Yes, Answer.No, Answer.YesToAll);
        Assert.Equal(3, (await shell.InvokeAsync("Get-ByokKey | Remove-ByokKey")).Succeeded().Prompts.Count);
        Assert.Equal([ids[1]], shell.Ids);
    }

    [Theory]
    [InlineData("$ids | Remove-ByokKey -Confirm")]
    [InlineData("$ids | Set-ByokKey -Disabled $true -Confirm")]
    [InlineData("$ids | Disable-ByokKey -Confirm")]
    public async Task No_to_all_ends_the_questions_and_the_requests_for_them(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 60);
        Prepare(shell, Answer.Yes, Answer.NoToAll);
        CommandResult declined = (await shell.InvokeAsync(command, ("ids", shell.Ids))).Succeeded();
        Assert.Equal(2, declined.Prompts.Count);
        Assert.Single(shell.Server.Requests, request => request.Method != "GET");

        // Keys are read ahead for their prompts, as many as may be in flight; none is read after the answer.
        Assert.InRange(shell.Server.Requests.Of(ApiOperation.Get).Count, 2, 30);
    }

    [Theory]
    [InlineData("Get-ByokKey | Remove-ByokKey -Confirm:$false")]
    [InlineData("$ConfirmPreference = 'None'; Get-ByokKey | Remove-ByokKey")]
    public async Task Remove_can_be_told_not_to_ask(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        Assert.Empty((await shell.InvokeAsync(command)).Succeeded().Prompts);
        Assert.Equal(0, shell.Store.Count);
    }

    [Theory]
    [InlineData("Get-ByokKey | Set-ByokKey -Disabled $true")]
    [InlineData("$null = New-ByokKey openai $key")]
    public async Task Set_and_new_do_not_ask_by_themselves(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2);
        Assert.Empty((await shell.InvokeAsync(command, ("key", HostedPowerShell.Secure("sk-abcdefghijkl")))).Succeeded().Prompts);
        Assert.Contains(shell.Server.Requests, request => request.Operation is ApiOperation.Create or ApiOperation.Update);
    }

    [Fact]
    public async Task Set_asks_with_what_changes_from_what_to_what()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2);
        SandboxKey stored = shell.Store.Keys[0];
        Prepare(shell, Answer.Yes, Answer.No);
        CommandResult changed = (await shell.InvokeAsync("Get-ByokKey | Set-ByokKey -Name new -Disabled $true -IsRequired $false -AllowedModels a/b, c/d -Confirm")).Succeeded();
        Assert.Equal(2, changed.Prompts.Count);
        AssertNames(stored, changed.Prompts[0]);
        string question = changed.Prompts[0].Text;
        Assert.Matches($"Name .*'{stored.Name}' .*'new'", question);
        Assert.Matches("Disabled .*False .*True", question);
        Assert.Matches("AllowedModels .*a/b;c/d", question);
        Assert.DoesNotContain("IsRequired", question, StringComparison.Ordinal);
        Assert.Equal([true, false], shell.Store.Keys.Select(key => key.Disabled));
    }

    [Fact]
    public async Task What_is_so_already_is_neither_asked_nor_sent()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        CommandResult changed = (await shell.InvokeAsync("Get-ByokKey | Set-ByokKey -Name $name -Disabled $false -Confirm", ("name", shell.Store.Keys[0].Name))).Succeeded();
        Assert.Empty(changed.Prompts);
        Assert.Empty(shell.Server.Requests.Of(ApiOperation.Update));
    }

    [Fact]
    public async Task New_asks_with_name_and_provider_and_a_no_creates_nothing()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        Prepare(shell, Answer.No);
        CommandResult created = (await shell.InvokeAsync("New-ByokKey openai $key -Name brandnew -Confirm", ("key", HostedPowerShell.Secure("sk-abcdefghijkl")))).Succeeded();
        string question = Assert.Single(created.Prompts).Text;
        Assert.Contains("brandnew", question, StringComparison.Ordinal);
        Assert.Contains("openai", question, StringComparison.Ordinal);
        Assert.Empty(created.Objects);
        Assert.Empty(shell.Server.Requests);
    }

    [Theory]
    [InlineData("Get-ByokKey | Remove-ByokKey -WhatIf")]
    [InlineData("$ids | Remove-ByokKey -WhatIf")]
    [InlineData("Get-ByokKey | Set-ByokKey -Disabled $true -WhatIf")]
    [InlineData("$WhatIfPreference = $true; Get-ByokKey | Remove-ByokKey; $WhatIfPreference = $false")]
    [InlineData("$WhatIfPreference = $true; Get-ByokKey | Set-ByokKey -Disabled $true; $WhatIfPreference = $false")]
    public async Task What_if_shows_each_key_and_changes_nothing(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        CommandResult shown = (await shell.InvokeAsync(command, ("ids", shell.Ids))).Succeeded();
        Assert.Equal(3, shown.HostLines.Count);
        Assert.All(shown.HostLines.Zip(shell.Names), pair => Assert.Contains(pair.Second, pair.First, StringComparison.Ordinal));
        Assert.All(shell.Server.Requests, request => Assert.Equal("GET", request.Method));
    }

    [Fact]
    public async Task What_if_on_new_shows_the_name_and_sends_nothing()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        CommandResult shown = (await shell.InvokeAsync("New-ByokKey openai $key -Name brandnew -WhatIf", ("key", HostedPowerShell.Secure("sk-abcdefghijkl")))).Succeeded();
        Assert.Contains("brandnew", Assert.Single(shown.HostLines), StringComparison.Ordinal);
        Assert.Empty(shown.Objects);
        Assert.Empty(shell.Server.Requests);
    }

    [Fact]
    public async Task What_if_on_set_shows_per_row_what_changes_from_what_to_what()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        string[] names = shell.Names;
        CommandResult shown = (await shell.InvokeAsync("""
            $rows = Get-ByokKey | ConvertTo-Csv | ConvertFrom-Csv
            $rows[0].Disabled = 'TRUE'
            $rows[1].Name = 'renamed'
            $rows[2].AllowedModels = 'a/b;c/d'
            $rows | Set-ByokKey -WhatIf
            """)).Succeeded();
        Assert.Equal(3, shown.HostLines.Count);
        Assert.Matches($"{names[0]}.*Disabled .*False .*True", shown.HostLines[0]);
        Assert.Matches($"{names[1]}.*Name .*'{names[1]}' .*'renamed'", shown.HostLines[1]);
        Assert.Matches($"{names[2]}.*AllowedModels .*a/b;c/d", shown.HostLines[2]);
        Assert.All(shell.Server.Requests, request => Assert.Equal("GET", request.Method));
    }

    [Fact]
    public async Task A_question_is_asked_before_anything_is_sent_for_its_key()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 6);
        string[] names = shell.Names;
        var order = new List<string>();
        int deleted = 0;
        shell.Host.OnPrompt = prompt =>
        {
            order.Add(names.Single(name => prompt.Text.Contains(name, StringComparison.Ordinal)));
            Assert.True(shell.Server.Requests.Of(ApiOperation.Delete).Count <= deleted);
            deleted++;
            return Answer.Yes;
        };
        (await shell.InvokeAsync("$ids | Remove-ByokKey", ("ids", shell.Ids))).Succeeded();
        Assert.Equal(names, order);
        Assert.Equal(0, shell.Store.Count);
    }

    private static void Prepare(HostedPowerShell shell, params Answer[] answers)
    {
        var left = new Queue<Answer>(answers);
        shell.Host.OnPrompt = _ => left.Dequeue();
    }

    private static void AssertNames(SandboxKey key, Prompt prompt)
    {
        foreach (string part in new[] { key.Name!, key.Provider, key.Label })
        {
            Assert.Contains(part, prompt.Text, StringComparison.Ordinal);
        }
    }
}
