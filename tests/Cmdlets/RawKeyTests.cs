using System.Management.Automation;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>A raw key that its provider would not accept is refused before anything is sent.</summary>
public sealed class RawKeyTests
{
    [Theory]
    [InlineData(" sk-leading-0123456789")]
    [InlineData("sk-trailing-0123456789 ")]
    [InlineData("sk-with-a-line-break-1\n")]
    [InlineData("sk-with-a-line-break-1\r\n")]
    [InlineData("\"sk-with-quotes-0123456789\"")]
    [InlineData("'sk-with-quotes-0123456789'")]
    public async Task A_raw_key_with_something_around_it_is_refused_whichever_way_it_comes(string rawKey)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, keys: new SeedOptions { Providers = ["openai"] });
        foreach (string command in new[]
        {
            "Set-ByokKey $id -Key $key",
            "Get-ByokKey | Set-ByokKey -Key $key",
            "[pscustomobject]@{ Id = $id; Key = $key } | Set-ByokKey",
            "New-ByokKey openai $key",
            "[pscustomobject]@{ Provider = 'openai'; Key = $key } | New-ByokKey",
        })
        {
            CommandResult refused = await shell.InvokeAsync(command, ("id", shell.Ids[0]), ("key", HostedPowerShell.Secure(rawKey)));
            ErrorRecord error = Assert.Single(refused.AllErrors);
            Assert.StartsWith("ByokBadRequest,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
            Assert.DoesNotContain(rawKey.Trim(' ', '\r', '\n', '"', '\''), $"{error.Exception} {error.TargetObject}", StringComparison.Ordinal);
        }

        Assert.All(shell.Server.Requests, request => Assert.Equal("GET", request.Method));
    }

    [Theory]
    [InlineData("google-vertex")]
    [InlineData("azure")]
    public async Task A_raw_key_that_is_not_the_document_of_its_provider_is_refused(string provider)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, keys: new SeedOptions { Providers = [provider] });
        foreach (string command in new[] { "Get-ByokKey | Set-ByokKey -Key $key", "Set-ByokKey $id -Key $key", "New-ByokKey $provider $key", "[pscustomobject]@{ Id = $id; Provider = $provider; Key = $key } | Set-ByokKey" })
        {
            CommandResult refused = await shell.InvokeAsync(command, ("id", shell.Ids[0]), ("provider", provider), ("key", HostedPowerShell.Secure("not-a-document")));
            Assert.StartsWith("ByokBadRequest,", Assert.Single(refused.AllErrors).FullyQualifiedErrorId, StringComparison.Ordinal);
        }

        Assert.All(shell.Server.Requests, request => Assert.Equal("GET", request.Method));
    }

    [Fact]
    public async Task A_rotation_that_changes_the_declared_region_says_so_before_it_is_sent()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        await shell.InvokeAsync("$null = New-ByokKey openai $document -Name regional", ("document", HostedPowerShell.Secure("""{"api_key":"sk-first-0123456789","region":"europe"}""")));
        Assert.Equal("europe", Assert.Single((await shell.InvokeAsync("Get-ByokKey")).Succeeded().Keys).DeclaredRegion);

        CommandResult planned = (await shell.InvokeAsync("Get-ByokKey | Set-ByokKey -Key $token -WhatIf", ("token", HostedPowerShell.Secure("sk-second-0123456789")))).Succeeded();
        Assert.Contains("DeclaredRegion from 'europe' to (none)", string.Join('\n', planned.HostLines), StringComparison.Ordinal);

        CommandResult same = (await shell.InvokeAsync("Get-ByokKey | Set-ByokKey -Key $again", ("again", HostedPowerShell.Secure("""{"api_key":"sk-third-0123456789","region":"europe"}""")))).Succeeded();
        Assert.Empty(same.Warnings);

        CommandResult rotated = (await shell.InvokeAsync("Get-ByokKey | Set-ByokKey -Key $token")).Succeeded();
        Assert.Contains("DeclaredRegion from 'europe' to (none)", Assert.Single(rotated.Warnings), StringComparison.Ordinal);
        Assert.Null(Assert.Single((await shell.InvokeAsync("Get-ByokKey")).Succeeded().Keys).DeclaredRegion);
    }

    [Theory]
    [InlineData("Set-ByokKey $ids[0] -Key $token")]
    [InlineData("$ids[0] | Set-ByokKey -Key $token")]
    [InlineData("$ids | Set-ByokKey -Key $token")]
    [InlineData("[pscustomobject]@{ Id = $ids[0]; IsFallback = 'true' } | Set-ByokKey -Key $token")]
    [InlineData("Get-ByokKey -Id $ids[0] | Set-ByokKey -Key $token")]
    [InlineData("Get-ByokKey -Id $ids[0] | Set-ByokKey -Key { $token }")]
    public async Task A_rotation_says_that_it_changes_the_declared_region_while_it_can_be_stopped(string command)
    {
        await using HostedPowerShell shell = await StartWithRegionalKeysAsync();
        (string, object?)[] variables = [("ids", shell.Ids), ("token", HostedPowerShell.Secure("sk-second-0123456789"))];

        CommandResult stopped = await shell.InvokeAsync($"{command} -WarningAction Stop", variables);
        Assert.NotEmpty(stopped.AllErrors);
        Assert.All(shell.Server.Requests, request => Assert.Equal("GET", request.Method));

        CommandResult rotated = (await shell.InvokeAsync(command, variables)).Succeeded();
        Assert.Contains($"DeclaredRegion from 'europe' to (none) for key {shell.Names[0]} (openai, ", rotated.Warnings[0], StringComparison.Ordinal);
        Assert.All(shell.Server.Store.Keys.Take(rotated.Warnings.Count), key => Assert.Null(key.DeclaredRegion));
    }

    [Theory]
    [InlineData("Set-ByokKey $ids[0] -Key $same", 2)]
    [InlineData("Set-ByokKey $ids[0] -Key $same -DeclaredRegion europe", 2)]
    [InlineData("Set-ByokKey $ids[0] -Name renamed", 1)]
    [InlineData("Set-ByokKey $ids[0] -Key $same -WhatIf", 1)]
    public async Task A_change_that_leaves_the_declared_region_says_nothing(string command, int requests)
    {
        await using HostedPowerShell shell = await StartWithRegionalKeysAsync();
        CommandResult changed = (await shell.InvokeAsync(
            command, ("ids", shell.Ids), ("same", HostedPowerShell.Secure("""{"api_key":"sk-third-0123456789","region":"europe"}""")))).Succeeded();
        Assert.Empty(changed.Warnings);
        Assert.Equal(requests, shell.Server.Requests.Count);
    }

    [Theory]
    [InlineData("Provider = 'openai'", 1)]
    [InlineData("Provider = 'openai'; DeclaredRegion = ''", 1)]
    [InlineData("Provider = 'openai'; DeclaredRegion = 'us'", 0)]
    [InlineData("Provider = 'anthropic'", 0)]
    [InlineData("Name = 'same'", 0)]
    public async Task Rows_whose_keys_are_not_read_warn_once_that_the_declared_region_may_change(string columns, int warnings)
    {
        await using HostedPowerShell shell = await StartWithRegionalKeysAsync();
        CommandResult rotated = (await shell.InvokeAsync(
            $"$ids | ForEach-Object {{ [pscustomobject]@{{ Id = $_; Key = $key; {columns} }} }} | Set-ByokKey",
            ("ids", shell.Ids),
            ("key", HostedPowerShell.Secure("""{"api_key":"sk-third-0123456789","region":"us"}""")))).Succeeded();
        Assert.Equal(warnings, rotated.Warnings.Count);
        Assert.All(rotated.Warnings, warning => Assert.Contains($"may change DeclaredRegion of key {shell.Ids[0]}", warning, StringComparison.Ordinal));
        Assert.Equal(["PATCH", "PATCH"], shell.Server.Requests.Select(static request => request.Method));
    }

    private static async Task<HostedPowerShell> StartWithRegionalKeysAsync()
    {
        HostedPowerShell shell = await HostedPowerShell.StartAsync();
        foreach (string name in new[] { "regional", "other" })
        {
            shell.Store.Add("openai", "sk-first-0123456789", name, static key => key with { DeclaredRegion = "europe" });
        }

        return shell;
    }
}
