using System.Management.Automation;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Typical mistakes at a console: each error states what happened and what to do.</summary>
public sealed class AdviceTests
{
    private const string Connect = "Connect-Byok $secret -BaseUri ";

    [Theory]
    [InlineData(Connect + "($address -replace '/api/v1')", "ByokNotFound", "the API is not at this address", "/api/v1")]
    [InlineData("Connect-Byok $broken -BaseUri $address", "ByokNotConnected", "contains a line break", "trim")]
    [InlineData("Connect-Byok $ordinary -BaseUri $address", "ByokUnauthorized", "refused the management key", "ordinary API key")]
    [InlineData("New-ByokKey openai -KeyPath ./absent.txt", "ByokNotFound", "absent.txt does not exist", "relative path")]
    [InlineData("'Id;Name', \"$id;x\" | ConvertFrom-Csv | Set-ByokKey", "ByokBadRequest", "not separated by commas", "-Delimiter \";\"")]
    [InlineData("'Id,is_fallback', \"$id,true\" | ConvertFrom-Csv | Set-ByokKey", "ByokBadRequest", "is_fallback", "Did you mean IsFallback?")]
    [InlineData("New-ByokKey openai -Key $null", "ByokBadRequest", "$null", "exists in the vault")]
    [InlineData("Get-ByokKey | Set-ByokKey -Key { $null }", "ByokBadRequest", "$null", "exists in the vault")]
    [InlineData("Get-ByokKey | New-ByokKey", "ByokBadRequest", "cannot be piped to New-ByokKey", "Set-ByokKey")]
    [InlineData("Get-ByokKey | New-ByokKey openai $secret", "ByokBadRequest", "cannot be piped to New-ByokKey", "Set-ByokKey")]
    [InlineData("Get-ByokWorkspace | New-ByokKey -Key $secret", "ByokBadRequest", "-Provider", "")]
    [InlineData("Get-ByokKey -Connection $copy", "ParameterArgumentTransformationError", "the copy has no management key", "Connect-Byok")]
    [InlineData("Get-ByokKey Serch", "ByokNotFound", "No key has the name 'Serch'", "wildcards")]
    [InlineData("Get-ByokKey '[a'", "ByokBadRequest", "not a valid pattern", "backtick")]
    [InlineData("Get-ByokKey -WorkspaceId Serch", "ByokNotFound", "No workspace has", "Get-ByokWorkspace")]
    public async Task A_mistake_is_named_with_what_to_do(string command, string errorId, string happened, string advice)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        shell.SetVariable("secret", HostedPowerShell.Secure(shell.Server.ManagementKey));
        shell.SetVariable("broken", HostedPowerShell.Secure(shell.Server.ManagementKey + "\n"));
        shell.SetVariable("ordinary", HostedPowerShell.Secure("sk-or-v1-ordinary"));
        shell.SetVariable("address", shell.Server.BaseUri.ToString());
        shell.SetVariable("id", shell.Ids[0]);
        CommandResult refused = await shell.InvokeAsync(
            "$PSDefaultParameterValues.Remove('Connect-Byok:Connection'); $copy = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($connection)); " + command);
        ErrorRecord error = Assert.Single(refused.AllErrors);
        Assert.StartsWith(errorId + ",", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        string all = $"{error} {error.ErrorDetails?.RecommendedAction}";
        Assert.Contains(happened, all, StringComparison.Ordinal);
        Assert.Contains(advice, all, StringComparison.Ordinal);
        Assert.All(shell.Server.Requests, request => Assert.Equal("GET", request.Method));
    }

    [Fact]
    public async Task A_key_cannot_be_edited()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        CommandResult refused = await shell.InvokeAsync("$key = Get-ByokKey; $key.Disabled = $true");
        Assert.Contains("ReadOnly", Assert.Single(refused.AllErrors).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("New-ByokKey openai $secret -Name Search -Disabled $true -AllowedModels a/b -WhatIf", "What if: Create key Search (openai) in the default workspace: Disabled True, AllowedModels a/b.")]
    [InlineData("Get-ByokWorkspace | New-ByokKey openai $secret -WhatIf", "What if: Create key (no name) (openai) in workspace Default.")]
    [InlineData("Remove-ByokKey $id -WhatIf", "What if: Remove key openai key 00001 (openai, {label}).")]
    [InlineData("Get-ByokKey | Remove-ByokKey -WhatIf", "What if: Remove key openai key 00001 (openai, {label}).")]
    [InlineData("Set-ByokKey $id -Name Search -WhatIf", "What if: Change key openai key 00001 (openai, {label}): Name from 'openai key 00001' to 'Search'.")]
    [InlineData("Disable-ByokKey $id -WhatIf", "What if: Change key openai key 00001 (openai, {label}): Disabled from False to True.")]
    public async Task WhatIf_names_every_key_in_one_form(string command, string expected)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        shell.SetVariable("secret", HostedPowerShell.Secure("sk-abcdefghijkl"));
        shell.SetVariable("id", shell.Ids[0]);
        CommandResult planned = (await shell.InvokeAsync(command)).Succeeded();
        Assert.Equal(expected.Replace("{label}", shell.Store.Keys.Single().Label, StringComparison.Ordinal), Assert.Single(planned.HostLines));
        Assert.All(shell.Server.Requests, request => Assert.Equal("GET", request.Method));
    }

    [Theory]
    [InlineData("Get-ByokKey | Set-ByokKey -Name Search", "Changing key openai key 00001 (openai, {label}): ")]
    [InlineData("Get-ByokKey | Disable-ByokKey", "Changing key openai key 00001 (openai, {label}): ")]
    [InlineData("Get-ByokKey | Remove-ByokKey -Confirm:$false", "Deleting key openai key 00001 (openai, {label}): ")]
    [InlineData("Remove-ByokKey $id -Confirm:$false", "Deleting key {id}: ")]
    public async Task An_error_names_the_key_as_far_as_it_is_known(string command, string expected)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, options: new SandboxOptions { Faults = ["Update:Status(403)", "Delete:Status(403)"] });
        shell.SetVariable("id", shell.Ids[0]);
        ErrorRecord error = (await shell.InvokeAsync(command)).FailedOnceWith("ByokForbidden");
        Assert.StartsWith(
            expected.Replace("{label}", shell.Store.Keys.Single().Label, StringComparison.Ordinal).Replace("{id}", shell.Ids[0], StringComparison.Ordinal), error.ToString(), StringComparison.Ordinal);
    }
}
