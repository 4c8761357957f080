using System.Management.Automation;
using System.Text.Json.Nodes;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>New-ByokKey: what it sends, what it returns, and what it refuses before anything is sent.</summary>
public sealed class CreateTests
{
    private const string RawKey = "sk-created-000001";

    [Theory]
    [InlineData("New-ByokKey -Provider openai -Key $key")]
    [InlineData("New-ByokKey openai $key")]
    [InlineData("New-ByokKey openai ([pscredential]::new('anybody', $key))")]
    [InlineData("New-ByokKey openai $key -Name ''")]
    public async Task Only_what_is_given_is_sent_and_the_new_key_is_returned(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        ByokKey created = Assert.Single((await Create(shell, command)).Succeeded().Keys);
        shell.AssertSent(ApiOperation.Create, """{"provider":"openai","key":"sk-created-000001"}""");
        Assert.Equal(("openai", KeyLabel.Mask(RawKey)), (created.Provider, created.Label));
        Assert.Equal(RawKey, shell.Store.RawKey(Guid.Parse(created.Id)));
    }

    [Fact]
    public async Task Every_field_is_sent()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        string team = shell.Store.AddWorkspace("Team").Id.ToString();
        string hash = shell.Store.AddApiKey();
        CommandResult created = (await shell.InvokeAsync(
            "New-ByokKey -Provider not-listed-yet -Key $key -Name all -WorkspaceId $team -Disabled $true -IsFallback $false -IsRequired $true -IsByokOnly $true"
            + " -DeclaredZdr $false -AllowedModels a/b, c/d -AllowedApiKeyHashes $hash -AllowedUserIds u1, u2",
            ("key", HostedPowerShell.Secure(RawKey)), ("team", team), ("hash", hash))).Succeeded();
        shell.AssertSent(ApiOperation.Create, new JsonObject
        {
            ["provider"] = "not-listed-yet",
            ["workspace_id"] = team,
            ["name"] = "all",
            ["disabled"] = true,
            ["is_fallback"] = false,
            ["is_required"] = true,
            ["is_byok_only"] = true,
            ["declared_zdr"] = false,
            ["allowed_models"] = new JsonArray("a/b", "c/d"),
            ["allowed_api_key_hashes"] = new JsonArray(hash),
            ["allowed_user_ids"] = new JsonArray("u1", "u2"),
            ["key"] = RawKey,
        }.ToJsonString());
        ByokKey key = Assert.Single(created.Keys);
        Assert.Equal(("all", team, true, false, true, true), (key.Name, key.WorkspaceId, key.Disabled, key.IsFallback, key.IsRequired, key.IsByokOnly));
        Assert.Equal(["u1", "u2"], key.AllowedUserIds!);
    }

    [Fact]
    public async Task A_piped_workspace_gets_the_key_but_not_its_own_name()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        string team = shell.Store.AddWorkspace("Team").Id.ToString();
        string main = shell.Store.DefaultWorkspaceId.ToString();
        CommandResult created = (await Create(shell, """
            $workspaces = Get-ByokWorkspace
            $workspaces | New-ByokKey openai $key
            $workspaces[1] | New-ByokKey openai $key -Name named
            $workspaces[1] | New-ByokKey openai $key -Name { "$($_.Name)'s" }
            """)).Succeeded();
        Assert.Equal([(main, null), (team, null), (team, "named"), (team, "Team's")], created.Keys.Select(key => (key.WorkspaceId!, key.Name)));
    }

    [Fact]
    public async Task The_workspace_of_the_connection_is_used_where_none_is_given()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        string team = shell.Store.AddWorkspace("Team").Id.ToString();
        var connection = new ByokConnection { BaseUri = shell.Server.BaseUri, ApiKey = shell.Connection.ApiKey, WorkspaceId = team };
        CommandResult created = (await shell.InvokeAsync(
            "New-ByokKey openai $key -Connection $other", ("key", HostedPowerShell.Secure(RawKey)), ("other", connection))).Succeeded();
        Assert.Equal(team, Assert.Single(created.Keys).WorkspaceId);
    }

    [Fact]
    public async Task Each_row_creates_a_key_and_a_wrong_row_fails_alone()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        CommandResult created = await Create(shell, """
            @'
            Provider,Name,Disabled,AllowedModels
            openai,one,true,a/b; c/d
            groq,,false,
            ,three,,
            groq,four,maybe,
            '@ | ConvertFrom-Csv | New-ByokKey -Key $key
            """);
        Assert.Equal(["openai", "groq"], created.Keys.Select(key => key.Provider));
        shell.AssertSent(
            ApiOperation.Create,
            """{"provider":"openai","name":"one","disabled":true,"allowed_models":["a/b","c/d"],"key":"sk-created-000001"}""",
            """{"provider":"groq","disabled":false,"key":"sk-created-000001"}""");
        Assert.Null(created.TerminatingError);
        Assert.Equal(2, created.Errors.Count);
        Assert.All(created.Errors, error => Assert.StartsWith("ByokBadRequest,", error.FullyQualifiedErrorId, StringComparison.Ordinal));
        Assert.Matches("(?i)row 3.*Provider", created.Errors[0].Exception.Message);
        Assert.Matches("(?i)row 4.*Disabled.*maybe", created.Errors[1].Exception.Message);
    }

    [Fact]
    public async Task A_raw_key_in_a_column_goes_to_its_own_row()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        CommandResult created = (await shell.InvokeAsync(
            """
            1..20 | ForEach-Object { [pscustomobject]@{ Provider = 'openai'; Name = "n$_"; Key = ConvertTo-SecureString "sk-for-row-$_-0000" -AsPlainText -Force } } | New-ByokKey
            """)).Succeeded();
        Assert.Equal(Enumerable.Range(1, 20).Select(row => $"n{row}"), created.Keys.Select(key => key.Name));
        Assert.All(shell.Store.Keys, key => Assert.Equal($"sk-for-row-{key.Name![1..]}-0000", key.RawKey));
    }

    [Theory]
    [InlineData("New-ByokKey openai $key -WorkspaceId (Get-ByokWorkspace Tema*).Id")]
    [InlineData("New-ByokKey openai $key -WorkspaceId ' '")]
    [InlineData("[pscustomobject]@{ Name = 'x' } | New-ByokKey openai $key -WorkspaceId { $null }")]
    [InlineData("[pscustomobject]@{ Name = 'x' } | New-ByokKey -Key $key -Provider { '' }")]
    public async Task A_blank_argument_as_of_an_unset_variable_is_not_taken_for_the_default(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        CommandResult refused = await Create(shell, command);
        ErrorRecord error = Assert.Single(refused.AllErrors);
        Assert.Equal(ErrorCategory.InvalidArgument, error.CategoryInfo.Category);
        Assert.Empty(shell.Server.Requests.Of(ApiOperation.Create));
    }

    [Fact]
    public async Task The_target_of_an_error_is_the_name_and_provider_or_the_number_of_the_row()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(options: new SandboxOptions { Faults = ["Create:Status(400)"] });
        CommandResult failed = await Create(shell, "[pscustomobject]@{ Provider = 'openai' }, [pscustomobject]@{ Provider = 'openai'; Name = 'team'; Key = $key } | New-ByokKey");
        Assert.Equal(["Row 1", "team (openai)"], failed.Errors.Select(error => error.TargetObject));
    }

    [Fact]
    public async Task A_blank_cell_counts_as_left_out()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        (await Create(shell, "[pscustomobject]@{ Provider = 'openai'; WorkspaceId = ''; Name = ' ' } | New-ByokKey -Key $key")).Succeeded();
        shell.AssertSent(ApiOperation.Create, """{"provider":"openai","key":"sk-created-000001"}""");
    }

    [Fact]
    public async Task A_raw_key_and_a_file_cannot_be_combined()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        Assert.NotNull((await Create(shell, "New-ByokKey openai $key -KeyPath x")).TerminatingError);
        Assert.Empty(shell.Server.Requests);
    }

    private static Task<CommandResult> Create(HostedPowerShell shell, string command) => shell.InvokeAsync(command, ("key", HostedPowerShell.Secure(RawKey)));
}
