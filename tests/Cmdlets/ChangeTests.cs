using System.Management.Automation;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Set-ByokKey: what it sends for which input.</summary>
public sealed class ChangeTests
{
    private static readonly SeedOptions s_oneProvider = new() { Providers = ["openai"] };

    [Theory]
    [InlineData("$keys | Set-ByokKey -Disabled $true")]
    [InlineData("$keys.Id | Set-ByokKey -Disabled $true")]
    [InlineData("$keys.Id | ForEach-Object { [guid]$_ } | Set-ByokKey -Disabled $true")]
    [InlineData("Set-ByokKey $keys.Id -Disabled $true")]
    [InlineData("Set-ByokKey $keys -Disabled $true")]
    [InlineData("Set-ByokKey -Id $keys.Id -Disabled $true")]
    [InlineData("$keys | ForEach-Object { Set-ByokKey -InputObject $_ -Disabled $true }")]
    [InlineData("[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($keys)) | Set-ByokKey -Disabled $true")]
    [InlineData("$keys | Export-Clixml $file; Import-Clixml $file | Set-ByokKey -Disabled $true")]
    public async Task Of_a_key_in_any_form_only_the_id_is_taken(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        for (int number = 0; number < 4; number++)
        {
            shell.Store.Add("openai", $"sk-abcdefghijkl-{number}", "name", key => key with { IsRequired = true, DeclaredZdr = true, AllowedModels = ["m"] });
        }

        using var folder = new TemporaryFolder();
        CommandResult changed = (await shell.InvokeAsync($"$keys = Get-ByokKey; {command}", ("file", folder.File("keys.xml")))).Succeeded();
        Assert.Empty(changed.Objects);
        shell.AssertSent(ApiOperation.Update, [.. Enumerable.Repeat("""{"disabled":true}""", 4)]);
        Assert.All(shell.Store.Keys, key => Assert.True(key.Disabled));
    }

    [Fact]
    public async Task False_is_sent_too()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        SandboxKey stored = shell.Store.Add("openai", "sk-abcdefghijkl", "name", key => key with { Disabled = true });
        (await shell.InvokeAsync("Set-ByokKey $id -Disabled $false", ("id", stored.Id))).Succeeded();
        shell.AssertSent(ApiOperation.Update, """{"disabled":false}""");
        Assert.False(shell.Store.Find(stored.Id)!.Disabled);
    }

    [Fact]
    public async Task A_rotation_sends_the_raw_key_alone_and_changes_the_label()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        CommandResult changed = (await shell.InvokeAsync(
            "$ids[1] | Set-ByokKey -Key $key; Get-ByokKey -Id $ids[1]", ("ids", shell.Ids), ("key", HostedPowerShell.Secure("sk-rotated-0001")))).Succeeded();
        shell.AssertSent(ApiOperation.Update, """{"key":"sk-rotated-0001"}""");
        Assert.Equal("sk-rotated-0001", shell.Store.RawKey(Guid.Parse(shell.Ids[1])));
        Assert.Equal(KeyLabel.Mask("sk-rotated-0001"), Assert.Single(changed.Keys).Label);
    }

    [Fact]
    public async Task With_pass_thru_the_changed_keys_come_out()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2);
        CommandResult changed = (await shell.InvokeAsync("Get-ByokKey | Set-ByokKey -Name new -PassThru")).Succeeded();
        Assert.Equal(shell.Ids, changed.Keys.Select(key => key.Id));
        Assert.All(changed.Keys, key => Assert.Equal("new", key.Name));
    }

    [Theory]
    [InlineData("Name", "name")]
    [InlineData("DeclaredZdr", "declared_zdr")]
    [InlineData("AllowedModels", "allowed_models")]
    [InlineData("AllowedApiKeyHashes", "allowed_api_key_hashes")]
    [InlineData("AllowedUserIds", "allowed_user_ids")]
    public async Task Null_clears(string parameter, string field)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        (await shell.InvokeAsync($"Set-ByokKey $id -{parameter} $null", ("id", shell.Ids[0]))).Succeeded();
        shell.AssertSent(ApiOperation.Update, $$"""{"{{field}}":null}""");
    }

    [Theory]
    [InlineData("AllowedModels")]
    [InlineData("AllowedApiKeyHashes")]
    [InlineData("AllowedUserIds")]
    public async Task An_empty_list_is_refused_before_anything_is_sent(string parameter)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2);
        CommandResult refused = await shell.InvokeAsync($"$ids | Set-ByokKey -{parameter} @()", ("ids", shell.Ids));
        Assert.Contains(parameter, refused.EndedWith("ByokBadRequest").Exception.Message, StringComparison.Ordinal);
        Assert.Empty(shell.Server.Requests);
    }

    [Fact]
    public async Task Flags_that_cannot_be_combined_are_refused_before_anything_is_sent()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        CommandResult refused = await shell.InvokeAsync("Set-ByokKey $id -IsFallback $true -IsByokOnly $true", ("id", shell.Ids[0]));
        string message = refused.EndedWith("ByokBadRequest").Exception.Message;
        Assert.Contains("IsFallback", message, StringComparison.Ordinal);
        Assert.Contains("IsByokOnly", message, StringComparison.Ordinal);
        Assert.Empty(shell.Server.Requests);
    }

    [Theory]
    [InlineData("$key | Set-ByokKey")]
    [InlineData("Set-ByokKey $key.Id")]
    [InlineData("Set-ByokKey -InputObject $key")]
    [InlineData("$key | Set-ByokKey -Confirm")]
    public async Task Nothing_to_change_is_a_warning_and_sends_nothing(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        await shell.InvokeAsync("$key = Get-ByokKey");
        shell.Server.Requests.Clear();
        CommandResult said = (await shell.InvokeAsync(command)).Succeeded();
        Assert.Matches($"{shell.Ids[0]}|{shell.Names[0]}", Assert.Single(said.Warnings));
        Assert.Empty(said.Prompts);
        Assert.Empty(shell.Server.Requests);
    }

    [Fact]
    public async Task Empty_text_on_the_command_line_counts_as_left_out()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        (await shell.InvokeAsync("Set-ByokKey $id -Name '' -IsRequired $true", ("id", shell.Ids[0]))).Succeeded();
        shell.AssertSent(ApiOperation.Update, """{"is_required":true}""");
    }

    [Fact]
    public async Task A_script_block_gives_each_key_its_own_name()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 4);
        (await shell.InvokeAsync("Get-ByokKey | Set-ByokKey -Name { \"$($_.Name)-old\" }")).Succeeded();
        Assert.All(shell.Store.Keys, key => Assert.Matches("^.* key 0000[1-4]-old$", key.Name!));
        Assert.All(shell.Bodies(ApiOperation.Update), body => Assert.Matches("""^\{"name":"[^"]*"\}$""", body));
    }

    [Fact]
    public async Task A_script_block_gives_each_key_its_own_raw_key()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 4, keys: s_oneProvider);
        (await shell.InvokeAsync("Get-ByokKey | Set-ByokKey -Key { ConvertTo-SecureString \"sk-for-$($_.Id)\" -AsPlainText -Force }")).Succeeded();
        Assert.All(shell.Store.Keys, key => Assert.Equal($"sk-for-{key.Id}", key.RawKey));
        Assert.All(shell.Bodies(ApiOperation.Update), body => Assert.Matches("""^\{"key":"[^"]*"\}$""", body));
    }

    [Fact]
    public async Task A_hundred_of_a_hundred_are_changed_where_responses_fail_and_get_lost()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(
            seed: 100, retries: 5, options: new SandboxOptions { Faults = ["Update:Status(500)%7", "Update:ResetAfterCommit%11"] });
        (await shell.InvokeAsync("Get-ByokKey | Set-ByokKey -Disabled $true -ErrorAction Stop")).Succeeded();
        Assert.All(shell.Store.Keys, key => Assert.True(key.Disabled));
    }
}
