using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>What a reader of the tables and lists sees, at the widths that consoles have.</summary>
public sealed class ViewTests
{
    /// <summary>Keys as they are read from a file: their views are those of live keys, and their ids are the same in every run.</summary>
    private const string Keys = """
        $PSStyle.OutputRendering = 'PlainText'
        function New-Key($Name, $Provider, $State, $Label, $Id, $WorkspaceId) {
            [pscustomobject] @{ PSTypeName = 'OpenRouter.Byok.ByokKey'; Name = $Name; Provider = $Provider; State = $State; Label = $Label
                Id = "{0:d8}-aaaa-bbbb-cccc-0123456789ab" -f $Id; WorkspaceId = $WorkspaceId }
        }

        $keys = @(
            New-Key 'Search' openai enabled 'sk-...1a2B' 1
            New-Key 'Production search of the northern region' amazon-bedrock disabled '...AQEB' 2
            New-Key ([NullString]::Value) google-vertex fallback '{..."}' 3
            New-Key '' parasail-inference-cloud enabled 'key-...9' 4
            New-Key '顧客サポートの検索用のキーです' anthropic enabled 'sk-...9kLm' 5
            New-Key 'Rocket 🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀' groq enabled 'gsk_...77' 6)
        """;

    private static readonly string[] s_at80 =
    [
        "Name                     Provider         State     Label      Id",
        "----                     --------         -----     -----      --",
        "Search                   openai           enabled   sk-...1a2B 00000001-aaaa-bbb",
        "                                                               b-cccc-0123456789",
        "                                                               ab",
        "Production search of the amazon-bedrock   disabled  ...AQEB    00000002-aaaa-bbb",
        "northern region                                                b-cccc-0123456789",
        "                                                               ab",
        "                         google-vertex    fallback  {...\"}     00000003-aaaa-bbb",
        "                                                               b-cccc-0123456789",
        "                                                               ab",
        "''                       parasail-        enabled   key-...9   00000004-aaaa-bbb",
        "                         inference-cloud                       b-cccc-0123456789",
        "                                                               ab",
    ];

    [Fact]
    public async Task Nothing_by_which_one_decides_is_cut_at_80_columns()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(isConnected: false);
        Assert.Equal(s_at80, await LinesAsync(shell, "$keys[0..3] | Format-Table", 80));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(120)]
    public async Task The_id_is_whole_from_100_columns_on(int width)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(isConnected: false);
        Assert.Equal(
            [
                s_at80[0],
                s_at80[1],
                "Search                   openai           enabled   sk-...1a2B 00000001-aaaa-bbbb-cccc-0123456789ab",
                "Production search of the amazon-bedrock   disabled  ...AQEB    00000002-aaaa-bbbb-cccc-0123456789ab",
                "northern region",
                "                         google-vertex    fallback  {...\"}     00000003-aaaa-bbbb-cccc-0123456789ab",
                "''                       parasail-        enabled   key-...9   00000004-aaaa-bbbb-cccc-0123456789ab",
                "                         inference-cloud",
            ],
            await LinesAsync(shell, "$keys[0..3] | Format-Table", width));
    }

    [Fact]
    public async Task Wide_characters_and_emoji_stay_whole()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(isConnected: false);
        string[] lines = await LinesAsync(shell, "$keys[4..5] | Format-Table", 100);
        Assert.Equal("顧客サポートの検索用のキ", Cut(lines[2]));
        Assert.Equal("ーです", Cut(lines[3]));
        Assert.Equal("Rocket", Cut(lines[4]));
        Assert.Equal(string.Concat(Enumerable.Repeat("🚀", 10)), Cut(lines[5]));

        static string Cut(string line) => line.Split("  ")[0].Split(" anthropic")[0].Split(" groq")[0];
    }

    [Theory]
    [InlineData("Search\u200B", "Search<U+200B>")]
    [InlineData("\uFEFFSearch", "<U+FEFF>Search")]
    [InlineData("Sea\u00ADrch", "Sea<U+00AD>rch")]
    [InlineData("Search\u200D", "Search<U+200D>")]
    [InlineData("\u3164", "<U+3164>")]
    [InlineData("\u05D0\u200F!", "\u05D0\u200F!")]
    [InlineData("\U0001F469\u200D\U0001F527", "\U0001F469\u200D\U0001F527")]
    public async Task Characters_that_take_no_room_are_shown_in_the_table_and_before_a_change(string name, string shown)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        shell.Store.Add("openai", "sk-abcdefghijkl", name);
        string[] lines = await LinesAsync(shell, "Get-ByokKey", 100);
        Assert.StartsWith($"{shown} ", lines[2], StringComparison.Ordinal);
        Assert.Equal(name, Assert.Single((await shell.InvokeAsync("Get-ByokKey")).Succeeded().Keys).Name);

        CommandResult planned = (await shell.InvokeAsync("Get-ByokKey | Set-ByokKey -Name Search -WhatIf")).Succeeded();
        Assert.Contains($"{shown} (openai, sk-...ijkl): Name from '{shown}' to 'Search'", string.Concat(planned.HostLines), StringComparison.Ordinal);
        CommandResult created = (await shell.InvokeAsync(
            "New-ByokKey groq $key -Name $name -WhatIf; [pscustomobject]@{ Provider = 'groq'; Name = $name; Key = $key } | Sync-ByokKey -WhatIf",
            ("name", name), ("key", HostedPowerShell.Secure("gsk-0123456789")))).Succeeded();
        Assert.Equal(2, created.HostLines.Count(line => line.Contains($"{shown} (groq", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_state_has_a_colour_only_where_the_host_has_colours()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(isConnected: false);
        await LinesAsync(shell, "$keys", 100);
        Assert.Contains("\e[33mdisabled", string.Concat((await shell.InvokeAsync("$PSStyle.OutputRendering = 'Ansi'; $keys | Format-Table | Out-String -Width 100")).Texts), StringComparison.Ordinal);
        Assert.DoesNotContain("\e", string.Concat((await shell.InvokeAsync("$PSStyle.OutputRendering = 'PlainText'; $keys | Format-Table | Out-String -Width 100")).Texts), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_of_workspaces_are_grouped_once_under_the_name_of_each()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        Guid team = shell.Store.AddWorkspace("Blue Team").Id;
        shell.Store.Seed(5, new() { WorkspaceIds = [shell.Store.Workspaces[0].Id, team], GlobalEvery = 3 });
        string[] lines = await LinesAsync(shell, "Get-ByokWorkspace | Get-ByokKey", 100);
        Assert.Equal(
            ["   Workspace: Default", "   Workspace: Blue Team"],
            lines.Where(line => line.Contains("Workspace:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_list_shows_every_property()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        string[] lines = await LinesAsync(shell, "Get-ByokKey | Format-List", 100);
        Assert.All(typeof(ByokKey).GetProperties(), property => Assert.Contains(lines, line => line.Split(':')[0].TrimEnd() == property.Name));
    }

    [Fact]
    public async Task JSON_is_complete_and_lists_are_arrays()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        CommandResult read = (await shell.InvokeAsync("""
            Get-ByokKey | Set-ByokKey -AllowedModels a/b, c/d
            $json = Get-ByokKey | ConvertTo-Json -Depth 4 | ConvertFrom-Json
            $json.PSObject.Properties.Name
            $json.AllowedModels -join '+'
            """)).Succeeded();
        Assert.Equal([.. typeof(ByokKey).GetProperties().Select(property => property.Name), "a/b+c/d"], read.Texts);
    }

    [Fact]
    public async Task A_key_from_a_file_has_the_views_of_a_key()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 4);
        Assert.Equal(
            await LinesAsync(shell, "Get-ByokKey | Format-Table", 100),
            await LinesAsync(shell, "Get-ByokKey | ForEach-Object { [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($_)) } | Format-Table", 100));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public async Task The_id_of_a_workspace_is_never_cut(int width)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        Guid id = shell.Store.AddWorkspace("A workspace with a name that is longer than its column").Id;
        Assert.Contains(await LinesAsync(shell, "Get-ByokWorkspace", width), line => line.Contains(id.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_shows_its_address_and_where_it_comes_from_but_no_key()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        string shown = string.Join('\n', await LinesAsync(shell, "$connection", 100));
        Assert.Contains(shell.Server.BaseUri.ToString(), shown, StringComparison.Ordinal);
        Assert.Contains("Fingerprint", shown, StringComparison.Ordinal);
        Shown.AssertNothingOf(shown, shell.Server.ManagementKey);
    }

    private static async Task<string[]> LinesAsync(HostedPowerShell shell, string script, int width)
    {
        CommandResult shown = (await shell.InvokeAsync($"{Keys}\n{script} | Out-String -Width {width}")).Succeeded();
        string[] lines = [.. Assert.Single(shown.Texts).Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
        Assert.All(lines, line => Assert.True(line.Length <= width, line));
        return lines;
    }
}
