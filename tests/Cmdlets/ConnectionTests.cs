using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>
/// Which account a command uses. The session's runspace is the first one in the process that loads the module, so these
/// tests run alone.
/// </summary>
[Collection(nameof(WholeSession))]
public sealed class ConnectionTests
{
    private const string ConnectElsewhere = "Connect-Byok $managementKey -BaseUri $there";
    private const string ConnectElsewhereInOtherRunspaces =
        "1..2 | ForEach-Object -Parallel { Import-Module $using:module; Connect-Byok $using:managementKey -BaseUri $using:there; (Get-ByokConnection).BaseUri } | Set-Variable others";

    [Theory]
    [InlineData(ConnectElsewhere, true)]
    [InlineData(ConnectElsewhereInOtherRunspaces, false)]
    public async Task A_running_pipeline_keeps_its_account(string connect, bool movesTheRunspace)
    {
        await using HostedPowerShell shell = await StartAsync(seed: 20);
        await using SandboxServer other = await SandboxServer.StartAsync();
        CommandResult changed = (await shell.InvokeAsync(
            $$"""
            $count = 0
            $ids | Set-ByokKey -Disabled $true -PassThru -ThrottleLimit 1 | ForEach-Object { if ($count++ -eq 0) { {{connect}} } }
            $count, (Get-ByokConnection).BaseUri
            """,
            ("ids", shell.Ids), ("managementKey", HostedPowerShell.Secure(other.ManagementKey)), ("there", other.BaseUri), ("module", HostedPowerShell.ModulePath))).Succeeded();
        Assert.All(shell.Store.Keys, key => Assert.True(key.Disabled));
        Assert.NotEmpty(other.Requests);
        Assert.Empty(other.Requests.Of(ApiOperation.Update));
        Assert.Equal(["20", (movesTheRunspace ? other.BaseUri : shell.Server.BaseUri).ToString()], changed.Texts);
    }

    [Fact]
    public async Task A_parallel_block_without_a_connection_uses_that_of_the_session()
    {
        await using HostedPowerShell shell = await StartAsync(seed: 3);
        CommandResult listed = (await shell.InvokeAsync(
            "1..2 | ForEach-Object -Parallel { Import-Module $using:module; \"$((Get-ByokConnection).Source) $(@(Get-ByokKey).Count)\" }",
            ("module", HostedPowerShell.ModulePath))).Succeeded();
        Assert.Equal(["Session 3", "Session 3"], listed.Texts);
    }

    [Fact]
    public async Task A_parallel_block_with_a_connection_uses_its_own_and_leaves_that_of_the_session()
    {
        await using HostedPowerShell shell = await StartAsync();
        await using SandboxServer other = await SandboxServer.StartAsync();
        CommandResult created = (await shell.InvokeAsync(
            """
            1..10 | ForEach-Object -ThrottleLimit 5 -Parallel {
                Import-Module $using:module
                if ($_ % 2) { Connect-Byok $using:managementKey -BaseUri $using:there } else { Disconnect-Byok }
                $null = New-ByokKey openai $using:key -Name $_
                (Get-ByokConnection).Source
            } | Group-Object -NoElement | Sort-Object Name | ForEach-Object { "$($_.Name) $($_.Count)" }
            (Get-ByokConnection).BaseUri
            """,
            ("module", HostedPowerShell.ModulePath), ("managementKey", HostedPowerShell.Secure(other.ManagementKey)), ("there", other.BaseUri), ("key", HostedPowerShell.Secure("sk-parallel-0001")))).Succeeded();
        Assert.Equal(["Runspace 5", "Session 5", shell.Server.BaseUri.ToString()], created.Texts);
        Assert.Equal(["1", "3", "5", "7", "9"], other.Store.Keys.Select(key => key.Name!).Order(StringComparer.Ordinal));
        Assert.Equal(["10", "2", "4", "6", "8"], shell.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Removing_the_module_forgets_the_connection()
    {
        await using HostedPowerShell shell = await StartAsync(seed: 1);
        shell.Server.Requests.Clear();
        CommandResult said = await shell.InvokeAsync(
            "Remove-Module OpenRouter.Byok; Import-Module $module; \"connections: $(@(Get-ByokConnection).Count)\"; Get-ByokKey", ("module", HostedPowerShell.ModulePath));
        Assert.Equal(["connections: 0"], said.Texts);
        said.EndedWith("ByokNotConnected");
        Assert.Empty(shell.Server.Requests);
    }

    [Fact]
    public async Task A_disconnected_runspace_has_no_connection()
    {
        await using HostedPowerShell shell = await StartAsync(seed: 1);
        shell.Server.Requests.Clear();
        (await shell.InvokeAsync("Disconnect-Byok; Get-ByokKey")).EndedWith("ByokNotConnected");
        Assert.Empty(shell.Server.Requests);
    }

    [Fact]
    public async Task A_piped_connection_is_used_by_its_record()
    {
        await using HostedPowerShell shell = await StartAsync(seed: 2);
        await using SandboxServer other = await SandboxServer.StartAsync();
        other.Store.Seed(5);
        var connection = new ByokConnection { BaseUri = other.BaseUri, ApiKey = HostedPowerShell.Secure(other.ManagementKey) };
        CommandResult listed = (await shell.InvokeAsync("$other, $own | Get-ByokKey", ("other", connection), ("own", shell.Connection))).Succeeded();
        Assert.Equal(other.Store.Keys.Concat(shell.Store.Keys).Select(key => key.Id.ToString()), listed.Keys.Select(key => key.Id));
        Assert.Equal(2, (await shell.InvokeAsync("$own | Get-ByokKey -Id $ids", ("ids", shell.Ids))).Succeeded().Keys.Count);
        Assert.Equal(["Default"], (await shell.InvokeAsync("($other | Get-ByokWorkspace).Name")).Succeeded().Texts);
        Assert.Single(other.Requests.Of(ApiOperation.ListWorkspaces));
    }

    [Fact]
    public async Task A_wrong_management_key_leaves_the_connection_that_was_there()
    {
        await using HostedPowerShell shell = await StartAsync(seed: 1);
        CommandResult connected = await shell.InvokeAsync(
            "Connect-Byok $wrong -BaseUri $there -MaximumRetryCount 0", ("wrong", HostedPowerShell.Secure("sk-or-v1-wrong-0123456789")), ("there", shell.Server.BaseUri));
        connected.EndedWith("ByokUnauthorized");
        Assert.Single((await shell.InvokeAsync("Get-ByokKey")).Succeeded().Keys);
    }

    /// <summary>A session that is connected by Connect-Byok alone.</summary>
    private static async Task<HostedPowerShell> StartAsync(int seed = 0)
    {
        HostedPowerShell shell = await HostedPowerShell.StartAsync(seed);
        (await shell.InvokeAsync("$PSDefaultParameterValues.Clear(); Connect-Byok -Connection $connection")).Succeeded();
        return shell;
    }
}
