using System.Management.Automation;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Which input a command accepts, and which input it refuses.</summary>
public sealed class InputTests
{
    [Fact]
    public async Task Ids_guids_keys_copies_and_rows_can_be_mixed_in_one_pipeline()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 5);
        CommandResult changed = (await shell.InvokeAsync("""
            $keys = Get-ByokKey
            $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($keys[3]))
            $ids[0], [guid]$ids[1], $keys[2], $copy, [pscustomobject]@{ Id = $ids[4]; IsRequired = 'true' } | Set-ByokKey -Disabled:$true -PassThru
            """, ("ids", shell.Ids))).Succeeded();
        Assert.Equal(shell.Ids, changed.Keys.Select(key => key.Id));
        shell.AssertSent(
            ApiOperation.Update, [.. Enumerable.Repeat("""{"disabled":true}""", 4), """{"is_required":true,"disabled":true}"""]);
    }

    [Theory]
    [InlineData("@{ Id = $id; Disabled = 'true' } | Set-ByokKey", ApiOperation.Update)]
    [InlineData("[ordered]@{ Id = $id; Disabled = $true } | Set-ByokKey", ApiOperation.Update)]
    [InlineData("@{ Name = 'x'; Disabled = $true } | New-ByokKey openai $key", ApiOperation.Create)]
    public async Task A_hashtable_is_a_row(string command, ApiOperation operation)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        (await shell.InvokeAsync(command, ("id", shell.Ids[0]), ("key", HostedPowerShell.Secure("sk-created-000001")))).Succeeded();
        Assert.Contains("\"disabled\":true", Assert.Single(shell.Bodies(operation)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$rows | Get-ByokKey")]
    [InlineData("$rows | Remove-ByokKey -Confirm:$false")]
    [InlineData("$rows | Disable-ByokKey")]
    public async Task A_property_that_fails_does_not_matter_where_it_is_not_read(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2);
        (await shell.InvokeAsync($$"""
            $rows = $ids | ForEach-Object { [pscustomobject]@{ Id = $_ } }
            $rows[1] | Add-Member ScriptProperty Owner { throw 'There is no owner.' }
            {{command}}
            """, ("ids", shell.Ids))).Succeeded();
        Assert.Equal(2, shell.Server.Requests.Count);
    }

    [Fact]
    public async Task A_property_that_fails_is_a_column_like_any_other_where_columns_are_read()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2);
        CommandResult changed = await shell.InvokeAsync("""
            $rows = $ids | ForEach-Object { [pscustomobject]@{ Id = $_; IsRequired = 'true' } }
            $rows[1] | Add-Member ScriptProperty Owner { throw 'There is no owner.' }
            $rows | Set-ByokKey
            """, ("ids", shell.Ids));
        Assert.Matches("ow 2.*Owner", changed.FailedOnceWith("ByokBadRequest").Exception.Message);
        Assert.Single(shell.Server.Requests);
    }

    [Theory]
    [InlineData("Get-ByokKey -Id $ids -First 1")]
    [InlineData("Get-ByokKey -Id $ids -Skip 1")]
    [InlineData("Get-ByokKey -Id $ids -IncludeTotalCount")]
    [InlineData("$ids | Get-ByokKey -First 1 | Remove-ByokKey -Confirm:$false")]
    public async Task A_part_of_keys_that_are_given_by_id_is_refused(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        Assert.Contains("Select-Object", (await shell.InvokeAsync(command, ("ids", shell.Ids))).EndedWith("ByokBadRequest").Exception.Message, StringComparison.Ordinal);
        Assert.Empty(shell.Server.Requests);
    }

    [Theory]
    [InlineData("$ids | Get-ByokKey -Name 'Old*' | Remove-ByokKey -Confirm:$false")]
    [InlineData("$ids | ForEach-Object { [pscustomobject]@{ Id = $_ } } | Get-ByokKey -Provider openai | Remove-ByokKey -Confirm:$false")]
    public async Task Ids_do_not_bind_together_with_filters(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        Assert.Equal(3, (await shell.InvokeAsync(command, ("ids", shell.Ids))).Errors.Count);
        Assert.Empty(shell.Server.Requests);
    }

    [Theory]
    [InlineData("$rows | Get-ByokKey")]
    [InlineData("$rows | Set-ByokKey -Name same")]
    [InlineData("$rows | Remove-ByokKey -WhatIf")]
    public async Task A_blank_id_is_named_by_its_row(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2);
        CommandResult refused = await shell.InvokeAsync(
            $"$rows = $ids[0], '', $ids[1] | ForEach-Object {{ [pscustomobject]@{{ Id = $_ }} }}; {command}", ("ids", shell.Ids));
        Assert.Matches("ow 2.*Id", refused.FailedOnceWith("ByokBadRequest").Exception.Message);
    }

    [Fact]
    public async Task A_literal_name_that_no_key_has_is_an_error_of_its_own_and_a_pattern_is_not()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        CommandResult listed = await shell.InvokeAsync("Get-ByokKey 'openai key 00001', 'Serch', 'nobody*'");
        Assert.Equal([shell.Ids[0]], listed.Keys.Select(key => key.Id));
        ErrorRecord error = listed.FailedOnceWith("ByokNotFound");
        Assert.Equal((ErrorCategory.ObjectNotFound, "Serch"), (error.CategoryInfo.Category, error.TargetObject));
    }

    [Fact]
    public async Task A_name_that_looks_like_a_pattern_finds_its_key_beside_those_of_the_pattern()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        shell.Store.Add("openai", "sk-abcdefghijkl-1", "[prod] search");
        Assert.Equal(["[prod] search"], (await shell.InvokeAsync("Get-ByokKey '[prod] search'")).Succeeded().Keys.Select(static key => key.Name));
        shell.Store.Add("openai", "sk-abcdefghijkl-2", "p search");
        Assert.Equal(["[prod] search", "p search"], (await shell.InvokeAsync("Get-ByokKey '[prod] search'")).Succeeded().Keys.Select(static key => key.Name));
        Assert.Equal(["[prod] search"], (await shell.InvokeAsync("Get-ByokKey '`[prod`] search'")).Succeeded().Keys.Select(static key => key.Name));
    }

    [Fact]
    public async Task Every_prompt_for_a_mandatory_parameter_has_help()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        CommandResult without = (await shell.InvokeAsync("""
            $mandatory = foreach ($command in Get-Command -Module OpenRouter.Byok) {
                foreach ($parameter in $command.ParameterSets.Parameters | Where-Object IsMandatory) {
                    [pscustomobject]@{ Name = "$($command.Name) -$($parameter.Name)"; Help = $parameter.HelpMessage }
                }
            }
            $mandatory.Count -gt 10
            $mandatory | Where-Object { -not $_.Help } | ForEach-Object Name
            """)).Succeeded();
        Assert.Equal(["True"], without.Texts);
    }

    [Fact]
    public async Task A_malformed_pattern_is_refused_with_advice()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        Assert.Contains("[prod", (await shell.InvokeAsync("Get-ByokKey '[prod'")).EndedWith("ByokBadRequest").Exception.Message, StringComparison.Ordinal);
        Assert.Empty(shell.Server.Requests);
    }

    [Theory]
    [InlineData("disabled", 1)]
    [InlineData("enabled", 2)]
    [InlineData("fallback", 1)]
    [InlineData("required", 1)]
    public async Task Keys_are_found_by_their_state(string state, int count)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        shell.Store.Add("openai", "sk-abcdefghijkl-1", "a", key => key with { Disabled = true, IsFallback = true });
        shell.Store.Add("openai", "sk-abcdefghijkl-2", "b", key => key with { IsRequired = true });
        shell.Store.Add("openai", "sk-abcdefghijkl-3", "c", key => key with { IsFallback = true });
        shell.Store.Add("openai", "sk-abcdefghijkl-4", "d");
        shell.Store.Add("openai", "sk-abcdefghijkl-5", "e");
        CommandResult listed = (await shell.InvokeAsync("Get-ByokKey -State $state; (Get-ByokKey | Where-Object State -EQ $state).Count; (Get-ByokKey | Group-Object State | Where-Object Name -EQ $state).Count", ("state", state))).Succeeded();
        Assert.Equal([$"{count}", $"{count}"], listed.Texts.TakeLast(2));
        Assert.Equal(count, listed.Objects.Count - 2);
        Assert.All(listed.Objects.SkipLast(2), key => Assert.Equal(state, ((ByokKey)key.BaseObject).State));
    }

    [Fact]
    public async Task A_provider_can_be_a_pattern_and_an_unknown_one_is_a_warning_with_the_nearest_slug()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 8);
        CommandResult listed = (await shell.InvokeAsync("Get-ByokKey -Provider 'a*'")).Succeeded();
        Assert.Equal(["anthropic", "azure", "amazon-bedrock"], listed.Keys.Select(key => key.Provider));
        Assert.Empty(listed.Warnings);
        CommandResult unknown = (await shell.InvokeAsync("Get-ByokKey -Provider opnai")).Succeeded();
        Assert.Contains("openai", Assert.Single(unknown.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_piped_to_new_is_refused_with_what_to_do()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        CommandResult refused = await shell.InvokeAsync("Get-ByokKey | New-ByokKey openai $key", ("key", HostedPowerShell.Secure("sk-created-000001")));
        Assert.Contains("Set-ByokKey", Assert.Single(refused.AllErrors).Exception.Message, StringComparison.Ordinal);
        Assert.Empty(shell.Server.Requests.Of(ApiOperation.Create));
    }

    [Fact]
    public async Task A_field_that_has_a_parameter_is_refused_as_an_additional_property()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        CommandResult refused = await shell.InvokeAsync("Set-ByokKey $id -AdditionalProperties @{ name = 'sent under its own name' }", ("id", shell.Ids[0]));
        Assert.Contains("Name", Assert.Single(refused.AllErrors).Exception.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(shell.Server.Requests);
    }
}
