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
        foreach (string command in new[] { "Get-ByokKey | Set-ByokKey -Key $key", "New-ByokKey $provider $key", "[pscustomobject]@{ Id = $id; Provider = $provider; Key = $key } | Set-ByokKey" })
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
}
