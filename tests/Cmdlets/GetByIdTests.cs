using System.Management.Automation;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Get-ByokKey returns keys by id.</summary>
public sealed class GetByIdTests
{
    [Theory]
    [InlineData("Get-ByokKey -Id $ids[2], $ids[0]")]
    [InlineData("Get-ByokKey $ids[2], $ids[0]")]
    [InlineData("$ids[2], $ids[0] | Get-ByokKey")]
    [InlineData("[guid]$ids[2], [guid]$ids[0] | Get-ByokKey")]
    [InlineData("$keys[2], $keys[0] | Get-ByokKey")]
    [InlineData("$keys[2], $keys[0] | Select-Object Id, Name | Get-ByokKey")]
    [InlineData("[pscustomobject]@{ Id = $ids[2]; Owner = 'somebody' }, [pscustomobject]@{ Id = $ids[0]; Owner = 'somebody' } | Get-ByokKey")]
    [InlineData("[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize(($keys[2], $keys[0]))) | Get-ByokKey")]
    [InlineData("Get-ByokKey -InputObject $keys[2]; Get-ByokKey -InputObject $keys[0]")]
    public async Task An_id_in_any_form_gets_its_key_in_the_order_of_the_input(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        CommandResult got = (await shell.InvokeAsync($"$keys = Get-ByokKey; {command}", ("ids", shell.Ids))).Succeeded();
        Assert.Equal([shell.Ids[2], shell.Ids[0]], got.Keys.Select(key => key.Id));
        Assert.Equal(2, shell.Server.Requests.Of(ApiOperation.Get).Count);
    }

    [Fact]
    public async Task An_unknown_id_and_a_malformed_one_fail_alone_and_in_their_turn()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        string unknown = Guid.NewGuid().ToString();
        CommandResult got = (await shell.InvokeAsync("$given | Get-ByokKey 2>&1", ("given", new[] { shell.Ids[0], unknown, "malformed", shell.Ids[2] }))).Succeeded();
        Assert.Equal(shell.Ids[0], Assert.IsType<ByokKey>(got.Objects[0].BaseObject).Id);
        ErrorRecord missing = Assert.IsType<ErrorRecord>(got.Objects[1].BaseObject);
        Assert.StartsWith("ByokNotFound,", missing.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal((ErrorCategory.ObjectNotFound, unknown), (missing.CategoryInfo.Category, missing.TargetObject));
        ErrorRecord malformed = Assert.IsType<ErrorRecord>(got.Objects[2].BaseObject);
        Assert.StartsWith("ByokBadRequest,", malformed.FullyQualifiedErrorId, StringComparison.Ordinal);

        // An invalid id may be a raw key that was given by mistake, so it is not repeated.
        Assert.DoesNotContain("malformed", $"{malformed} {malformed.TargetObject}", StringComparison.Ordinal);
        Assert.Equal(shell.Ids[2], Assert.IsType<ByokKey>(got.Objects[3].BaseObject).Id);
        Assert.Equal(3, shell.Server.Requests.Of(ApiOperation.Get).Count);
    }

    [Fact]
    public async Task An_id_cannot_be_combined_with_a_provider()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        (await shell.InvokeAsync("Get-ByokKey -Id $id -Provider openai", ("id", shell.Ids[0]))).EndedWith("AmbiguousParameterSet");
        Assert.Empty(shell.Server.Requests);
    }
}
