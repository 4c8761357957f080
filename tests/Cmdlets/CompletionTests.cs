using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Tab completion, from the module's own lists and from the account; it never fails.</summary>
public sealed class CompletionTests
{
    /// <summary>Each completion: the text that goes on the line, what the menu shows, and the tool tip.</summary>
    private const string Script = """
        $found = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches
        $found | ForEach-Object { "$($_.ResultType)"; $_.CompletionText; $_.ListItemText; $_.ToolTip }
        """;

    [Theory]
    [InlineData("Set-ByokKey -DeclaredRegion ", "global", "europe", "us")]
    [InlineData("Get-ByokKey -State dis", "disabled")]
    public async Task Known_values_are_offered_without_a_request(string line, params string[] expected)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        Assert.Equal(expected.Order(), (await CompleteAsync(shell, line)).Select(found => found.Text.Trim('\'')).Intersect(expected).Order());
        Assert.Empty(shell.Server.Requests);
    }

    [Theory]
    [InlineData("New-ByokKey -Provider amazon", "amazon-bedrock", "amazon-bedrock/claude-on-aws", "amazon-nova")]
    [InlineData("Get-ByokKey -Provider groq", "groq")]
    public async Task Known_providers_are_offered_whatever_the_account_has(string line, params string[] expected)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        Assert.Equal(expected, (await CompleteAsync(shell, line)).Select(found => found.Text));
    }

    [Theory]
    [InlineData("Set-ByokKey -AllowedUserIds ")]
    [InlineData("Set-ByokKey -AllowedApiKeyHashes ")]
    [InlineData("Set-ByokKey -DeclaredZdr ")]
    [InlineData("Set-ByokKey -DeclaredRegion ")]
    [InlineData("Set-ByokKey -AllowedModels ")]
    public async Task File_names_are_never_offered_for_what_is_not_a_file(string line)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        IReadOnlyList<Completion> found = await CompleteAsync(shell, line);
        Assert.DoesNotContain(found, completion => completion.Type is "ProviderItem" or "ProviderContainer");
    }

    [Theory]
    [InlineData("Get-ByokKey -Id ")]
    [InlineData("Set-ByokKey -Id ")]
    [InlineData("Set-ByokKey ")]
    [InlineData("Remove-ByokKey -Id ")]
    [InlineData("Remove-ByokKey ")]
    [InlineData("Enable-ByokKey ")]
    [InlineData("Disable-ByokKey ")]
    public async Task Ids_are_offered_and_the_tool_tip_names_the_key(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        SandboxKey key = shell.Store.Add("openai", "sk-abcdefghijkl", "it's mine", stored => stored with { Disabled = true });
        shell.Store.Add("groq", "sk-mnopqrstuvwx", "another");
        string id = key.Id.ToString();
        Completion found = Assert.Single(await CompleteFromAccountAsync(shell, command + id[..8]));
        Assert.Equal(id, found.Text);
        foreach (string part in new[] { "it's mine", "openai", key.Label, "disabled" })
        {
            Assert.Contains(part, found.ToolTip, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Set-ByokKey prod")]
    [InlineData("Remove-ByokKey -Id PROD")]
    public async Task A_key_is_found_by_its_name_where_an_id_is_taken(string line)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        string id = shell.Store.Add("openai", "sk-abcdefghijkl", "production search").Id.ToString();
        shell.Store.Add("groq", "sk-mnopqrstuvwx", "another");
        Completion found = Assert.Single(await CompleteFromAccountAsync(shell, line));
        Assert.Equal((id, "production search"), (found.Text, found.Item));
    }

    [Fact]
    public async Task A_workspace_is_found_by_its_name_where_an_id_is_taken()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        string id = shell.Store.AddWorkspace("Blue Team").Id.ToString();
        Completion found = Assert.Single(await CompleteFromAccountAsync(shell, "Get-ByokKey -WorkspaceId blue"));
        Assert.Equal((id, "Blue Team"), (found.Text, found.Item));
    }

    [Fact]
    public async Task Providers_in_use_are_offered_first()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        shell.Store.Add("xai", "xai-abcdefghijkl", "one");
        shell.Store.Add("own-provider", "own-abcdefghijkl", "two");
        string[] offered = [.. (await CompleteFromAccountAsync(shell, "New-ByokKey -Provider ")).Select(found => found.Text)];
        Assert.Equal(["own-provider", "xai", "ai21"], offered.Take(3));
        Assert.Equal(offered.Length, offered.Distinct().Count());
    }

    [Fact]
    public async Task After_a_change_the_account_is_asked_again()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        shell.Store.Add("openai", "sk-abcdefghijkl", "before");
        Assert.Equal(["before"], (await CompleteFromAccountAsync(shell, "Get-ByokKey -Name ")).Select(found => found.Item));
        await shell.InvokeAsync("Get-ByokKey -Connection $connection | Set-ByokKey -Name after -Connection $connection");
        Assert.Contains("after", (await CompleteAsync(shell, "Get-ByokKey -Connection $connection -Name ")).Select(found => found.Item));
    }

    [Fact]
    public async Task A_list_that_could_not_be_read_to_its_end_says_so()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 150, options: new SandboxOptions { Faults = ["List:Hang+1"] });
        IReadOnlyList<Completion> found = await CompleteAsync(shell, "Get-ByokKey -Connection $connection -Name openai");
        Assert.Equal(("Text", "openai", "... and more"), (found[^1].Type, found[^1].Text, found[^1].Item));
        Assert.All(found.SkipLast(1), completion => Assert.StartsWith("openai", completion.Item, StringComparison.Ordinal));
        Assert.True(found.Count > 1);
    }

    [Fact]
    public async Task Names_are_offered_and_quoted_where_they_need_it()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        shell.Store.Add("openai", "sk-abcdefghijkl", "it's mine");
        Assert.Equal("'it''s mine'", Assert.Single(await CompleteFromAccountAsync(shell, "Get-ByokKey -Name it")).Text);
        Assert.Single((await shell.InvokeAsync("Get-ByokKey -Name 'it''s mine'")).Succeeded().Keys);
    }

    [Fact]
    public async Task A_name_that_looks_like_a_pattern_finds_its_key_as_it_is_offered()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        shell.Store.Add("openai", "sk-abcdefghijkl", "[prod] search");
        shell.Store.Add("openai", "sk-mnopqrstuvwx", "p search");
        string offered = (await CompleteFromAccountAsync(shell, "Get-ByokKey -Name ")).Select(found => found.Text).Single(text => text.Contains("prod", StringComparison.Ordinal));
        Assert.Equal(["[prod] search"], (await shell.InvokeAsync($"Get-ByokKey -Name {offered}")).Succeeded().Keys.Select(key => key.Name));
    }

    [Fact]
    public async Task Only_keys_of_the_providers_and_workspaces_on_the_line_are_offered()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        string team = shell.Store.AddWorkspace("Team").Id.ToString();
        shell.Store.Add("openai", "sk-abcdefghijkl", "openai-here");
        shell.Store.Add("groq", "sk-mnopqrstuvwx", "groq-here");
        shell.Store.Add("azure", "sk-yzabcdefghij", "azure-here");
        shell.Store.Add("groq", "sk-klmnopqrstuv", "groq-there", key => key with { WorkspaceId = Guid.Parse(team) });
        Assert.Equal(["groq-here"], await NamesAsync("Get-ByokKey -Provider groq -Name "));
        Assert.Equal(["openai-here", "groq-here"], await NamesAsync("Get-ByokKey -Provider openai, groq -Name "));
        Assert.Equal(["groq-there"], await NamesAsync($"Get-ByokKey -WorkspaceId {team} -Name "));
        Assert.Equal(["openai-here", "groq-here", "azure-here"], await NamesAsync("Get-ByokKey -Name "));

        async Task<string[]> NamesAsync(string line) => [.. (await CompleteFromAccountAsync(shell, line)).Select(found => found.Item)];
    }

    [Fact]
    public async Task Workspaces_and_the_models_in_use_are_offered()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        shell.Store.Add("openai", "sk-abcdefghijkl", "one", key => key with { AllowedModels = ["openai/gpt-4o", "openai/o3"] });
        string main = shell.Store.DefaultWorkspaceId.ToString();
        Assert.Equal([main], (await CompleteFromAccountAsync(shell, "Get-ByokKey -WorkspaceId ")).Select(found => found.Text));
        Assert.Equal(["openai/gpt-4o", "openai/o3"], (await CompleteFromAccountAsync(shell, "Set-ByokKey -AllowedModels ")).Select(found => found.Text));
    }

    [Fact]
    public async Task Several_key_presses_ask_the_account_once()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        await CompleteFromAccountAsync(shell, "Get-ByokKey -Id ");
        shell.Server.Requests.Clear();
        for (int press = 0; press < 5; press++)
        {
            Assert.Equal(3, (await CompleteAsync(shell, "Get-ByokKey -Connection $connection -Id ")).Count);
        }

        Assert.InRange(shell.Server.Requests.Count, 0, 1);
    }

    [Fact]
    public async Task What_could_not_be_read_in_time_is_asked_for_again()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, options: new SandboxOptions { Faults = ["List:Hangx1"] });
        Assert.Empty(await CompleteAsync(shell, "Get-ByokKey -Connection $connection -Id "));
        Assert.Single(await CompleteFromAccountAsync(shell, "Get-ByokKey -Id "));
    }

    [Theory]
    [InlineData("List:Status(401)")]
    [InlineData("List:Hang")]
    [InlineData("List:BrokenJson")]
    public async Task An_account_that_does_not_answer_offers_nothing_and_leaves_no_error_and_no_request_behind(string fault)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3, retries: 50, options: new SandboxOptions { Faults = [fault] });
        Assert.DoesNotContain(await CompleteAsync(shell, "Get-ByokKey -Connection $connection -Id "), found => found.Type == "ParameterValue");
        Assert.Equal(["0"], (await shell.InvokeAsync("\"$($Error.Count)\"")).Succeeded().Texts);
        await Wait.UntilAsync(() => shell.Server.Concurrent == 0);
        int requests = shell.Server.Requests.Count;
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.InRange(shell.Server.Requests.Count, requests, requests + 1);
    }

    private static async Task<IReadOnlyList<Completion>> CompleteAsync(HostedPowerShell shell, string line)
    {
        IReadOnlyList<string> texts = (await shell.InvokeAsync(Script, ("line", line))).Succeeded().Texts;
        return [.. texts.Chunk(4).Select(parts => new Completion(parts[0], parts[1], parts[2], parts[3]))];
    }

    /// <summary>A key press waits for the account only for a limited time; on a busy machine it takes a second key press.</summary>
    private static async Task<IReadOnlyList<Completion>> CompleteFromAccountAsync(HostedPowerShell shell, string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        for (int attempt = 0; ; attempt++)
        {
            IReadOnlyList<Completion> found = await CompleteAsync(shell, $"{line[..space]} -Connection $connection{line[space..]}");
            Completion[] values = [.. found.Where(completion => completion.Type == "ParameterValue")];
            if (values.Length > 0 || attempt == 20)
            {
                return values;
            }
        }
    }

    private sealed record Completion(string Type, string Text, string Item, string ToolTip);
}
