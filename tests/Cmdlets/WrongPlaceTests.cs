using System.Management.Automation;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>A raw key that is given as plain text by mistake is refused, and no output of the command repeats it.</summary>
public sealed class WrongPlaceTests
{
    private const string Canary = "sk-canary-4f1dQx81LmZ0pR7vTn2a";

    public static TheoryData<string> Commands =>
    [
        // Wrong type: text where a SecureString is required.
        "Set-ByokKey $ids[0] -Key $canary",
        "Set-ByokKey $ids[0] $canary",
        "New-ByokKey openai $canary",
        "New-ByokKey openai -Key $canary",
        "Get-ByokKey | Set-ByokKey -Key { $canary }",
        "Connect-Byok $canary -BaseUri $connection.BaseUri",
        "Connect-Byok -ApiKey $canary -BaseUri $connection.BaseUri",

        // Wrong position: where an id is expected.
        "Set-ByokKey $canary -Disabled $true",
        "Remove-ByokKey $canary -Confirm:$false",
        "Disable-ByokKey $canary",
        "Get-ByokKey -Id $canary",
        "$canary | Set-ByokKey -Disabled $true",
        "$canary | Remove-ByokKey -Confirm:$false",
        "$canary | Enable-ByokKey",
        "$canary | Get-ByokKey",

        "$canary | Remove-ByokKey -WhatIf",
        "Set-ByokKey $ids[0] -KeyPath $canary",
        "New-ByokKey openai -KeyPath $canary",
        "Get-ByokKey -WorkspaceId $canary",
        "Get-ByokKey $canary",
        "Get-ByokKey \"[$canary\"",
        "Get-ByokWorkspace $canary",
        "[pscustomobject]@{ Id = $ids[0]; Secret = $canary } | Sync-ByokKey",

        // Wrong cell or wrong column.
        "[pscustomobject]@{ Id = $ids[0]; KeyPath = $canary } | Set-ByokKey",
        "\"openai,$canary\", \"groq,$canary\" | ConvertFrom-Csv | New-ByokKey",
        "[pscustomobject]@{ Id = $ids[0]; Key = $canary } | Set-ByokKey",
        "[pscustomobject]@{ Id = $canary; Disabled = 'true' } | Set-ByokKey",
        "[pscustomobject]@{ Id = $ids[0]; Disabled = $canary } | Set-ByokKey",
        "[pscustomobject]@{ Id = $ids[0]; IsFallback = $canary } | Set-ByokKey",
        "[pscustomobject]@{ Id = $ids[0]; DeclaredZdr = $canary } | Set-ByokKey",
        "[pscustomobject]@{ Id = $ids[0]; AllowedApiKeyHashes = $canary } | Set-ByokKey",
        "[pscustomobject]@{ Id = $ids[0]; $canary = 'true' } | Set-ByokKey",
        "[pscustomobject]@{ Id = $ids[0]; Secrret = $canary; Disabled = 'perhaps' } | Set-ByokKey",
        "@{ Id = $ids[0]; Key = $canary } | Set-ByokKey",
        "[pscustomobject]@{ Provider = 'openai'; Key = $canary } | New-ByokKey",
        "[pscustomobject]@{ Provider = ''; Key = $canary } | New-ByokKey",
        "[pscustomobject]@{ Provider = 'openai'; Password = $canary } | New-ByokKey",
        "[pscustomobject]@{ Id = $canary } | Get-ByokKey",
        "[pscustomobject]@{ Id = $canary } | Remove-ByokKey -Confirm:$false",
        "[pscustomobject]@{ Id = $canary } | Disable-ByokKey",
        "[pscustomobject]@{ Id = $ids[0]; Key = $canary } | Remove-ByokKey -WhatIf -Bogus",
        "[pscustomobject]@{ Id = $ids[0]; Key = $canary } | Sync-ByokKey",
        "[pscustomobject]@{ Id = $canary; Name = 'x' } | Sync-ByokKey",
        "[pscustomobject]@{ Id = $ids[0]; Password = $canary } | Sync-ByokKey",
        "[pscustomobject]@{ Id = $ids[0]; Disabled = $canary } | Sync-ByokKey",
    ];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_raw_key_in_a_wrong_place_is_refused_and_not_repeated(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2, keys: new() { Providers = ["openai"] });
        CommandResult said = await shell.InvokeAsync(
            $$"""
            $Error.Clear()
            $VerbosePreference = $DebugPreference = 'Continue'
            try { {{command}} } catch { $caught = $_ }
            $VerbosePreference = $DebugPreference = 'SilentlyContinue'
            $shown = @($Error) + @($caught) | Where-Object { $_ } | ForEach-Object { $_ | Get-Error; $_ | Format-List * -Force; $_.TargetObject; $_.Exception | Format-List * -Force; "$_" } | Out-String -Width 500
            """,
            ("canary", Canary), ("ids", shell.Ids));
        Assert.Null(said.TerminatingError);
        string shown = Assert.IsType<string>(shell.GetVariable("shown") is PSObject wrapped ? wrapped.BaseObject : shell.GetVariable("shown"));
        Assert.NotEmpty(shown.Trim());
        string all = string.Join(
            '\n',
            [
                shown, .. said.Texts, .. said.Warnings, .. said.Verbose, .. said.Debug, .. said.HostLines, .. said.Information.Select(record => $"{record.MessageData}"),
                .. said.Progress.Select(record => $"{record}"), .. said.Errors.Select(error => $"{error} {error.TargetObject} {error.Exception} {error.ErrorDetails}"),
            ]);
        Assert.DoesNotContain(Canary[3..], all, StringComparison.Ordinal);
        Assert.DoesNotContain(shell.Server.Requests, request => $"{request.Target} {request.Body}".Contains(Canary[3..], StringComparison.Ordinal));
        Assert.DoesNotContain(shell.Server.Requests, request => request.Method != "GET");
    }
}
