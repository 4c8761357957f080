using System.Management.Automation;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>One raw key for several keys, and several changes of one key.</summary>
public sealed class OneKeyTests
{
    private const string RawKey = "sk-for-one-provider-1";

    [Theory]
    [InlineData("Get-ByokKey | Set-ByokKey -Key $key")]
    [InlineData("Get-ByokKey | Set-ByokKey -Key ([pscredential]::new('anybody', $key))")]
    [InlineData("Get-ByokKey | Set-ByokKey -KeyPath $path")]
    [InlineData("$ids | Set-ByokKey -Key $key")]
    [InlineData("Set-ByokKey $ids -Key $key")]
    [InlineData("Set-ByokKey (Get-ByokKey) -Key $key")]
    [InlineData("$ids | ForEach-Object { [pscustomobject]@{ Id = $_ } } | Set-ByokKey -Key $key")]
    [InlineData("$ids[0], (Get-ByokKey -Id $ids[1]) | Set-ByokKey -Key $key")]
    [InlineData("Get-ByokKey | Set-ByokKey -Key $key -WhatIf")]
    public async Task One_raw_key_for_keys_of_several_providers_is_refused_before_any_change(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 4, keys: new SeedOptions { Providers = ["openai", "groq"] });
        using var folder = new TemporaryFolder();
        CommandResult refused = await shell.InvokeAsync(
            command, ("ids", shell.Ids), ("key", HostedPowerShell.Secure(RawKey)), ("path", folder.Write("key.txt", RawKey)));
        ErrorRecord error = Assert.Single(refused.AllErrors);
        Assert.StartsWith("ByokBadRequest,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("openai", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("groq", error.Exception.Message, StringComparison.Ordinal);
        Assert.Empty(shell.Server.Requests.Of(ApiOperation.Update));
        Assert.Empty(refused.HostLines);
    }

    [Theory]
    [InlineData("Get-ByokKey | Set-ByokKey -Key $key")]
    [InlineData("$ids | Set-ByokKey -Key $key")]
    [InlineData("Get-ByokKey | Set-ByokKey -KeyPath $path")]
    public async Task One_raw_key_for_keys_of_one_provider_goes_to_all_of_them(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 20, keys: new SeedOptions { Providers = ["openai"] });
        using var folder = new TemporaryFolder();
        (await shell.InvokeAsync(command, ("ids", shell.Ids), ("key", HostedPowerShell.Secure(RawKey)), ("path", folder.Write("key.txt", RawKey)))).Succeeded();
        Assert.All(shell.Store.Keys, key => Assert.Equal(RawKey, key.RawKey));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task Changes_of_one_key_take_effect_in_the_order_of_the_input(int throttle)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        string id = shell.Ids[1];
        shell.Server.LatencyJitter = TimeSpan.FromMilliseconds(5);
        (await shell.InvokeAsync(
            "1..60 | ForEach-Object { [pscustomobject]@{ Id = $_ % 5 ? $ids[1] : $ids[0]; Name = \"n$_\" } } | Set-ByokKey -ThrottleLimit $throttle",
            ("ids", shell.Ids), ("throttle", throttle))).Succeeded();
        Assert.Equal("n59", shell.Store.Find(Guid.Parse(id))!.Name);
        Assert.Equal(
            Enumerable.Range(1, 60).Where(number => number % 5 != 0).Select(number => $$"""{"name":"n{{number}}"}"""),
            shell.Server.Requests.Of(ApiOperation.Update).Where(request => request.Id == id).Select(request => request.Body));
    }

    [Fact]
    public async Task A_later_change_of_one_key_waits_for_the_attempts_of_the_earlier_one()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, options: new SandboxOptions { Faults = ["Update:Status(503)x2"] });
        (await shell.InvokeAsync("'first', 'second' | ForEach-Object { [pscustomobject]@{ Id = $id; Name = $_ } } | Set-ByokKey", ("id", shell.Ids[0]))).Succeeded();
        Assert.Equal("second", shell.Store.Keys[0].Name);
        Assert.Equal(["first", "first", "first", "second"], shell.Bodies(ApiOperation.Update).Select(body => body.Contains("first", StringComparison.Ordinal) ? "first" : "second"));
    }

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
}
