using System.Management.Automation;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Remove-ByokKey deletes the given keys and no others, also during a listing.</summary>
public sealed class RemoveTests
{
    [Theory]
    [InlineData("Remove-ByokKey -Id $ids[0], $ids[5] -Confirm:$false")]
    [InlineData("Remove-ByokKey $ids[0], $ids[5] -Confirm:$false")]
    [InlineData("Remove-ByokKey $keys[0], $keys[5] -Confirm:$false")]
    [InlineData("$ids[0], $ids[5] | Remove-ByokKey -Confirm:$false")]
    [InlineData("[guid]$ids[0], [guid]$ids[5] | Remove-ByokKey -Confirm:$false")]
    [InlineData("$keys[0], $keys[5] | Remove-ByokKey -Confirm:$false")]
    [InlineData("[pscustomobject]@{ Id = $ids[0]; Owner = 'somebody' }, [pscustomobject]@{ Id = $ids[5]; Owner = 'somebody' } | Remove-ByokKey -Confirm:$false")]
    [InlineData("[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize(($keys[0], $keys[5]))) | Remove-ByokKey -Confirm:$false")]
    [InlineData("Remove-ByokKey -InputObject $keys[0] -Confirm:$false; Remove-ByokKey -InputObject $keys[5] -Confirm:$false")]
    public async Task What_is_given_in_any_form_is_deleted_quietly_and_nothing_else(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 6);
        string[] ids = shell.Ids;
        CommandResult removed = (await shell.InvokeAsync($"$keys = Get-ByokKey; {command}", ("ids", ids))).Succeeded();
        Assert.Empty(removed.Objects);
        Assert.Equal(ids[1..5], shell.Ids);
        Assert.Equal(2, shell.Server.Requests.Of(ApiOperation.Delete).Count);
    }

    [Theory]
    [InlineData(137)]
    [InlineData(1000)]
    public async Task Removing_while_listing_leaves_no_keys(int count)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(count);
        (await shell.InvokeAsync("Get-ByokKey | Remove-ByokKey -Confirm:$false -ThrottleLimit 16")).Succeeded();
        Assert.Equal(0, shell.Store.Count);
    }

    [Fact]
    public async Task Removing_while_listing_leaves_no_keys_where_responses_get_lost()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(
            seed: 60, retries: 10, options: new SandboxOptions { Faults = ["Delete:ResetAfterCommit~0.3#5"] });
        (await shell.InvokeAsync("Get-ByokKey | Remove-ByokKey -Confirm:$false")).Succeeded();
        Assert.Equal(0, shell.Store.Count);
    }

    [Fact]
    public async Task Listing_returns_every_remaining_key_once_while_another_session_removes_keys()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1000);
        await using HostedPowerShell other = await HostedPowerShell.StartAsync();
        var later = new Gate(shell.Server, request => request.Operation == ApiOperation.List && request.QueryValue("offset") is not (null or "0"));
        string[] before = shell.Ids;
        RunningCommand listing = shell.Begin("Get-ByokKey");
        await Wait.UntilAsync(() => listing.OutputCount > 0);

        // This includes keys of the first page, so that all remaining keys move towards the start.
        (await other.InvokeAsync(
            "$doomed | Remove-ByokKey -Confirm:$false -Connection $there", ("doomed", before[..300]), ("there", shell.Connection))).Succeeded();
        later.Open();
        CommandResult listed = (await listing.EndAsync()).Succeeded();
        string[] seen = [.. listed.Keys.Select(key => key.Id)];
        Assert.Equal(seen.Distinct(), seen);
        Assert.Empty(before[300..].Except(seen));
        Assert.Empty(seen.Except(before));
    }

    [Fact]
    public async Task A_key_that_is_gone_already_is_an_error_with_its_id()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2);
        string gone = Guid.NewGuid().ToString();
        ErrorRecord error = (await shell.InvokeAsync("$given | Remove-ByokKey -Confirm:$false", ("given", new[] { gone, shell.Ids[0] }))).FailedOnceWith("ByokNotFound");
        Assert.Equal((gone, ErrorCategory.ObjectNotFound), (error.TargetObject, error.CategoryInfo.Category));
        Assert.Equal(1, shell.Store.Count);
    }
}
