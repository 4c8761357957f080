using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>An inventory can be exported to a CSV file and imported without changing any key by itself.</summary>
public sealed class InventoryTests
{
    [Fact]
    public async Task Lists_are_text_in_the_file_and_the_file_changes_nothing_when_it_is_imported_as_it_is()
    {
        await using HostedPowerShell shell = await StartAsync();
        using var folder = new TemporaryFolder();
        string path = folder.File("inventory.csv");
        (await shell.InvokeAsync("Get-ByokKey | Export-Csv $path", ("path", path))).Succeeded();
        string text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.Contains("openai/gpt-4o;openai/o3", text, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("OpenRouter.Byok.", text, StringComparison.Ordinal);

        string before = await ShowAsync(shell);
        shell.Server.Requests.Clear();
        (await shell.InvokeAsync("Import-Csv $path | Set-ByokKey")).Succeeded();

        // One request for each row, and nothing read first.
        Assert.Equal(10, shell.Server.Requests.Of(ApiOperation.Update).Count);
        Assert.Equal(10, shell.Server.Requests.Count);
        Assert.Equal(before, await ShowAsync(shell));
    }

    [Fact]
    public async Task A_changed_cell_changes_its_key_alone()
    {
        await using HostedPowerShell shell = await StartAsync();
        (await shell.InvokeAsync("$rows = Get-ByokKey | ConvertTo-Csv | ConvertFrom-Csv; $rows[2].Disabled = 'true'; $rows | Set-ByokKey")).Succeeded();
        Assert.Equal([shell.Ids[2]], shell.Store.Keys.Where(key => key.Disabled).Select(key => key.Id.ToString()));
    }

    [Theory]
    [InlineData("two\nlines", null, "Name")]
    [InlineData("a\u202Eb", null, "Name")]
    [InlineData("plain", "a/b\u0007", "AllowedModels")]
    public async Task What_the_file_cannot_show_as_it_is_is_not_written_back(string name, string? model, string column)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        Guid id = shell.Store.Add("openai", "sk-abcdefghijkl", name, key => key with { AllowedModels = model is null ? null : [model] }).Id;
        CommandResult changed = (await shell.InvokeAsync("""
            $rows = Get-ByokKey | ConvertTo-Csv | ConvertFrom-Csv
            $rows | ForEach-Object { $_.Disabled = 'true'; $_ } | Set-ByokKey
            """)).Succeeded();
        Assert.Contains(column, Assert.Single(changed.Warnings), StringComparison.Ordinal);
        SandboxKey after = shell.Store.Find(id)!;
        Assert.Equal((true, name), (after.Disabled, after.Name));
        Assert.Equal(model is null ? null : [model], after.AllowedModels);

        Assert.Empty((await shell.InvokeAsync("$rows | Set-ByokKey -Name x -AllowedModels c/d")).Succeeded().Warnings);
        Assert.Equal("x", shell.Store.Find(id)!.Name);
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+49 key", "'+49 key")]
    [InlineData("-old", "'-old")]
    [InlineData("@team", "'@team")]
    [InlineData("'quoted", "''quoted")]
    [InlineData("'=1+1", "''=1+1")]
    [InlineData("''", "'''")]
    [InlineData("'", "''")]
    [InlineData("(=)", "(=)")]
    public async Task A_name_that_a_spreadsheet_takes_for_a_formula_is_written_with_an_apostrophe_and_read_without(string name, string written)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        Guid id = shell.Store.Add("openai", "sk-abcdefghijkl", name).Id;
        using var folder = new TemporaryFolder();
        string path = folder.File("inventory.csv");
        await ExportAsync(shell, path);
        Assert.Equal(written, (await shell.InvokeAsync("(Import-Csv $path).Name")).Succeeded().Texts.Single());

        (await shell.InvokeAsync("Import-Csv $path | Set-ByokKey")).Succeeded();
        Assert.Equal(name, shell.Store.Find(id)!.Name);
        CommandResult synced = (await shell.InvokeAsync("Import-Csv $path | Select-Object Provider, Name, @{ Name = 'Disabled'; Expression = { $true } } | Sync-ByokKey")).Succeeded();
        Assert.Equal(id.ToString(), ((ByokSyncResult)Assert.Single(synced.Objects).BaseObject).Id);
        (await shell.InvokeAsync(
            "Import-Csv $path | Select-Object Provider, Name, @{ Name = 'Key'; Expression = { $key } } | New-ByokKey", ("key", HostedPowerShell.Secure("sk-some-key-0123456789")))).Succeeded();
        Assert.Equal([name, name], shell.Store.Keys.Select(key => key.Name));
    }

    [Fact]
    public async Task The_name_of_a_key_itself_is_never_read_as_text_of_a_spreadsheet()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        shell.Store.Add("openai", "sk-abcdefghijkl", "'=1+1");
        CommandResult synced = (await shell.InvokeAsync("Get-ByokKey | Sync-ByokKey")).Succeeded();
        Assert.Equal(ByokSyncAction.Unchanged, ((ByokSyncResult)Assert.Single(synced.Objects).BaseObject).Action);
    }

    [Fact]
    public async Task The_marks_that_names_in_Hebrew_and_Arabic_need_are_kept()
    {
        const string name = "\u200F\u05D0!\u200E";
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        (await shell.InvokeAsync("$null = New-ByokKey openai $key -Name $name", ("key", HostedPowerShell.Secure("sk-some-key-0123456789")), ("name", name))).Succeeded();
        Assert.Equal(name, Assert.Single((await shell.InvokeAsync("Get-ByokKey")).Succeeded().Keys).Name);
    }

    [Theory]
    [InlineData("en-US")]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    public async Task The_documented_inventory_has_dates_in_ISO_form_in_every_culture(string culture)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        shell.Store.Add("openai", "sk-abcdefghijkl", "name", static key => key with { CreatedAt = new DateTimeOffset(2025, 1, 31, 9, 30, 0, TimeSpan.Zero) });
        using var folder = new TemporaryFolder();
        string path = folder.File("inventory.csv");
        (await shell.InvokeAsync($"[cultureinfo]::CurrentCulture = '{culture}'")).Succeeded();
        await ExportAsync(shell, path);
        Assert.Equal(["2025-01-31 09:30:00Z"], (await shell.InvokeAsync("(Import-Csv $path).CreatedAt", ("path", path))).Succeeded().Texts);

        shell.Server.Requests.Clear();
        (await shell.InvokeAsync("Import-Csv $path | Sync-ByokKey")).Succeeded();
        Assert.All(shell.Server.Requests, static request => Assert.Equal(ApiOperation.List, request.Operation));
    }

    /// <summary>Runs the lines of about_Byok_Automation that write an inventory for a spreadsheet.</summary>
    private static async Task ExportAsync(HostedPowerShell shell, string path)
    {
        string[] lines = await File.ReadAllLinesAsync(RepositoryRoot.Combine("docs", "en-US", "about_Byok_Automation.help.txt"), TestContext.Current.CancellationToken);
        IEnumerable<string> recipe = lines
            .SkipWhile(static line => line != "  SPREADSHEETS")
            .SkipWhile(static line => !line.StartsWith("        ", StringComparison.Ordinal))
            .TakeWhile(static line => line.StartsWith("        ", StringComparison.Ordinal));
        string script = string.Join('\n', recipe);
        Assert.Contains("inventory.csv", script, StringComparison.Ordinal);
        (await shell.InvokeAsync(script.Replace("inventory.csv", "$path", StringComparison.Ordinal), ("path", path))).Succeeded();
    }

    private static async Task<HostedPowerShell> StartAsync()
    {
        HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 10, keys: new SeedOptions { GlobalEvery = 3, NamelessEvery = 4 });
        SandboxKey[] keys = [.. shell.Store.Keys];
        shell.Store.Update(keys[0].Id, key => key with { AllowedModels = ["openai/gpt-4o", "openai/o3"], DeclaredZdr = true, IsFallback = true });
        shell.Store.Update(keys[1].Id, key => key with { AllowedUserIds = ["user;odd", " spaced ", "quo\"ted"], DeclaredZdr = false });
        return shell;
    }

    private static async Task<string> ShowAsync(HostedPowerShell shell) =>
        string.Join('\n', (await shell.InvokeAsync("Get-ByokKey | ConvertTo-Json -Depth 4")).Succeeded().Texts);
}
