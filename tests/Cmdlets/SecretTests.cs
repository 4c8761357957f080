using System.Management.Automation;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Neither a raw key nor the management key is in any stream, any error, or <c>$Error</c>, whatever happens.</summary>
public sealed class SecretTests
{
    private static readonly SeedOptions s_oneProvider = new() { Providers = ["openai"] };

    [Fact]
    public async Task Commands_that_succeed_show_no_secret()
    {
        string rawKey = Shown.NewKey();
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3, keys: s_oneProvider);
        using var folder = new TemporaryFolder();
        CommandResult said = (await shell.InvokeAsync(
            """
            $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
            Set-ByokKey $id -Key $key -PassThru
            New-ByokKey openai $key -Name one
            New-ByokKey openai -KeyPath $path
            Set-ByokKey $id -Key ([pscredential]::new('user', $key)) -WhatIf
            Get-ByokKey
            $connection
            """,
            ("id", shell.Ids[0]), ("key", HostedPowerShell.Secure(rawKey)), ("path", folder.Write("key.txt", rawKey)))).Succeeded();
        Assert.Equal(rawKey, shell.Store.Keys[0].RawKey);
        Assert.NotEmpty(said.Verbose);
        Shown.AssertNothingOf(await Shown.OfAsync(shell, said), rawKey, shell.Server.ManagementKey);
    }

    [Theory]
    [InlineData("Status(400)")]
    [InlineData("Status(401)")]
    [InlineData("StatusAfterCommit(409)")]
    [InlineData("Redirect('/elsewhere',307)")]
    [InlineData("HtmlPage(500)")]
    [InlineData("BrokenJson")]
    public async Task A_server_that_repeats_the_request_gets_no_secret_shown(string fault)
    {
        string rawKey = Shown.NewKey();
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(
            seed: 3, retries: 1, options: new SandboxOptions { Shape = new ResponseShape { EchoRequest = true }, Faults = [$"Update:{fault}", $"Get:{fault}"] });
        CommandResult said = await shell.InvokeAsync(
            """
            $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
            try { Set-ByokKey $id -Key $key } catch { $_ }
            try { Set-ByokKey $id -Key $key -ErrorAction Stop } catch { $_ }
            try { Get-ByokKey -Id $id } catch { $_ }
            """,
            ("id", shell.Ids[0]), ("key", HostedPowerShell.Secure(rawKey)));
        Assert.NotEmpty((System.Collections.ArrayList)shell.GetVariable("Error")!);
        Shown.AssertNothingOf(await Shown.OfAsync(shell, said), rawKey, shell.Server.ManagementKey);
    }

    [Fact]
    public async Task A_create_that_the_server_refuses_with_an_echo_shows_no_secret()
    {
        string rawKey = Shown.NewKey();
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(
            options: new SandboxOptions { Shape = new ResponseShape { EchoRequest = true }, Faults = ["Create:Status(400)"] });
        using var folder = new TemporaryFolder();
        CommandResult said = await shell.InvokeAsync(
            "New-ByokKey openai $key -Verbose -Debug; New-ByokKey openai -KeyPath $path -Verbose -ErrorAction Stop",
            ("key", HostedPowerShell.Secure(rawKey)), ("path", folder.Write("key.txt", rawKey)));
        Assert.Equal(2, said.AllErrors.Count);
        Shown.AssertNothingOf(await Shown.OfAsync(shell, said), rawKey, shell.Server.ManagementKey);
    }

    [Fact]
    public async Task A_pipeline_that_breaks_in_the_middle_shows_no_secret()
    {
        string rawKey = Shown.NewKey();
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        CommandResult said = await shell.InvokeAsync(
            "1..3 | ForEach-Object { [pscustomobject]@{ Provider = 'openai'; Key = $key; Name = \"n$_\" } } | New-ByokKey -Verbose | ForEach-Object { throw 'broken' }",
            ("key", HostedPowerShell.Secure(rawKey)));
        Assert.Equal("broken", said.TerminatingError?.ToString());
        Shown.AssertNothingOf(await Shown.OfAsync(shell, said), rawKey, shell.Server.ManagementKey);
    }

    [Fact]
    public async Task Rows_whose_other_cells_are_wrong_show_no_secret()
    {
        string rawKey = Shown.NewKey();
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        CommandResult said = await shell.InvokeAsync("""
            [pscustomobject]@{ Id = $id; Key = $key; Disabled = 'perhaps' }, [pscustomobject]@{ Id = 'none'; Key = $key },
            [pscustomobject]@{ Id = $id; Key = $key; Dissabled = 'true' } | Set-ByokKey -Verbose
            """, ("id", shell.Ids[0]), ("key", HostedPowerShell.Secure(rawKey)));
        Assert.Equal(3, said.Errors.Count);
        Shown.AssertNothingOf(await Shown.OfAsync(shell, said), rawKey, shell.Server.ManagementKey);
    }

    /// <summary>The typed row or line belongs to the user and stays in the engine's part of the error.</summary>
    [Theory]
    [InlineData("New-ByokKey -Provider openai -Key $raw")]
    [InlineData("[pscustomobject]@{ Provider = 'openai'; Key = $raw } | New-ByokKey")]
    [InlineData("Set-ByokKey $id -Key $raw")]
    [InlineData("Get-ByokKey | Set-ByokKey -Key $raw")]
    [InlineData("[pscustomobject]@{ Id = $id; Key = $raw } | Set-ByokKey")]
    [InlineData("Connect-Byok $raw")]
    public async Task Plain_text_for_a_secret_is_refused_with_advice_and_not_repeated(string command)
    {
        string rawKey = Shown.NewKey();
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, isConnected: !command.StartsWith("Connect", StringComparison.Ordinal));
        CommandResult refused = await shell.InvokeAsync(command, ("id", shell.Ids[0]), ("raw", rawKey));
        ErrorRecord error = Assert.Single(refused.AllErrors);
        Assert.StartsWith("ByokBadRequest,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.InvalidArgument, error.CategoryInfo.Category);
        Assert.Contains("Read-Host -AsSecureString", error.ErrorDetails?.RecommendedAction, StringComparison.Ordinal);
        Shown.AssertNothingOf(Shown.OwnPartOf(error), rawKey);
        Assert.All(shell.Server.Requests, request => Assert.Equal("GET", request.Method));
    }

    [Fact]
    public async Task A_connection_shows_no_secret_in_any_form()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(isConnected: false);
        CommandResult connected = (await shell.InvokeAsync(
            "Connect-Byok $secret -BaseUri $address -Headers @{ 'X-Trace' = 'header-value-0123456789' } -PassThru; Get-ByokConnection",
            ("secret", HostedPowerShell.Secure(shell.Server.ManagementKey)), ("address", shell.Server.BaseUri))).Succeeded();
        Assert.Equal(2, connected.Objects.Count);
        string shown = await Shown.OfAsync(shell, connected);
        Assert.Contains("X-Trace", shown, StringComparison.Ordinal);
        Shown.AssertNothingOf(shown, shell.Server.ManagementKey, "header-value-0123456789");
    }

    [Fact]
    public async Task Text_of_the_server_cannot_control_the_terminal()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3, options: new SandboxOptions { Shape = new ResponseShape { ControlCharacters = true } });
        CommandResult shown = (await shell.InvokeAsync("""
            $keys = Get-ByokKey
            $keys | Format-Table | Out-String; $keys | Format-List * -Force | Out-String; $keys | Format-Wide | Out-String; $keys | ConvertTo-Csv
            """)).Succeeded();
        shell.Server.Faults.Add(FaultSpecification.Parse("List:ControlCharactersInError(400)"));
        CommandResult failed = await shell.InvokeAsync("Get-ByokKey");
        string all = string.Join('\n', [.. shown.Texts, Shown.OwnPartOf(Assert.Single(failed.AllErrors))]);

        // The engine itself colours the headers of a table.
        string shownText = all.Replace("\u001b[32;1m", string.Empty, StringComparison.Ordinal).Replace("\u001b[0m", string.Empty, StringComparison.Ordinal);
        Assert.DoesNotContain(shownText, static character => character is '\u001b' or '\a' or '\b' or '\0' or '\u009b' or '\u202e');
    }
}
