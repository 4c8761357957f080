using System.Management.Automation;
using System.Text;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>-KeyPath: which files hold a raw key, and which are refused before anything is sent.</summary>
public sealed class KeyFileTests
{
    private static readonly SeedOptions s_oneProvider = new() { Providers = ["openai"] };

    public static TheoryData<string, byte[]?> WrongFiles => new()
    {
        { "empty", [] },
        { "binary", [1, 0, 2] },
        { "64 KiB", new byte[70000] },
        { "UTF-8", [0xFF, 0xFE, 0x73, 0] },
        { "directory", null },
    };

    [Theory]
    [InlineData("New-ByokKey openai -KeyPath $path")]
    [InlineData("[pscustomobject]@{ Provider = 'openai'; KeyPath = $path } | New-ByokKey")]
    [InlineData("Get-ByokKey | Set-ByokKey -KeyPath $path")]
    [InlineData("[pscustomobject]@{ Id = (Get-ByokKey).Id; KeyPath = $path } | Set-ByokKey")]
    [InlineData("$null = New-PSDrive Keys FileSystem (Split-Path $path); New-ByokKey openai -KeyPath Keys:/key.txt")]
    public async Task The_text_of_a_file_is_the_raw_key_without_byte_order_mark_and_last_line_break(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, keys: s_oneProvider);
        using var folder = new TemporaryFolder();
        string path = folder.Write("key.txt", "\uFEFFsk-from-a-file-7\r\n");
        (await shell.InvokeAsync(command, ("path", path))).Succeeded();
        Assert.Single(shell.Store.Keys, key => key.RawKey == "sk-from-a-file-7");
    }

    [Theory]
    [MemberData(nameof(WrongFiles))]
    public async Task A_file_that_holds_no_raw_key_is_refused(string why, byte[]? bytes)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        using var folder = new TemporaryFolder();
        string path = folder.File("key.txt");
        if (bytes is null)
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        }

        CommandResult refused = await shell.InvokeAsync("Set-ByokKey $id -KeyPath $path", ("id", shell.Ids[0]), ("path", path));
        Assert.Contains(why, Assert.Single(refused.AllErrors).Exception.Message, StringComparison.Ordinal);
        Assert.Empty(shell.Server.Requests);
    }

    [Fact]
    public async Task A_missing_file_is_one_error_for_all_records()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        using var folder = new TemporaryFolder();
        string path = folder.File("missing.txt");
        foreach (string command in new[] { "$ids | Set-ByokKey -KeyPath $path", "'a', 'b' | ForEach-Object { [pscustomobject]@{ Provider = 'openai'; Name = $_ } } | New-ByokKey -KeyPath $path" })
        {
            CommandResult refused = await shell.InvokeAsync(command, ("ids", shell.Ids), ("path", path));
            Assert.NotNull(refused.TerminatingError);
            Assert.Empty(refused.Errors);
            Assert.Contains(Path.GetDirectoryName(path)!, refused.TerminatingError.Exception.Message, StringComparison.Ordinal);
        }

        Assert.Empty(shell.Server.Requests);
    }

    [Theory]
    [InlineData("Q:/key.json")]
    [InlineData("Env:PATH")]
    public async Task A_path_outside_the_file_system_is_one_error_for_all_records(string path)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        CommandResult refused = await shell.InvokeAsync("$ids | Set-ByokKey -KeyPath $path", ("ids", shell.Ids), ("path", path));
        Assert.Contains("KeyPath", refused.EndedWith("ByokBadRequest").Exception.Message, StringComparison.Ordinal);
        Assert.Empty(shell.Server.Requests);
    }

    [Fact]
    public async Task What_is_not_a_regular_file_is_refused_without_opening_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such files.");
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        using var folder = new TemporaryFolder();
        string pipe = folder.File("pipe");
        CommandResult refused = await shell.InvokeAsync("""
            & mkfifo $pipe
            $null = New-Item -ItemType SymbolicLink -Path "$pipe.link" -Target $pipe
            foreach ($path in $pipe, "$pipe.link", '/dev/zero') {
                try { Set-ByokKey $id -KeyPath $path -ErrorAction Stop } catch { $_.FullyQualifiedErrorId.Split(',')[0] }
            }
            """, ("id", shell.Ids[0]), ("pipe", pipe));
        Assert.Equal(["ByokBadRequest", "ByokBadRequest", "ByokBadRequest"], refused.Succeeded().Texts);
        Assert.Empty(shell.Server.Requests);
    }

    [Fact]
    public async Task A_link_to_a_file_is_followed()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        using var folder = new TemporaryFolder();
        string path = folder.Write("key.txt", "sk-behind-a-link");
        (await shell.InvokeAsync(
            "Set-ByokKey $id -KeyPath (New-Item -ItemType SymbolicLink -Path \"$path.link\" -Target $path).FullName", ("id", shell.Ids[0]), ("path", path))).Succeeded();
        Assert.Equal("sk-behind-a-link", shell.Store.Keys[0].RawKey);
    }

    [Fact]
    public async Task Every_record_has_the_same_raw_key_even_if_the_file_changes()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3, keys: s_oneProvider);
        using var folder = new TemporaryFolder();
        string path = folder.Write("key.txt", "sk-the-first-one");
        (await shell.InvokeAsync("Get-ByokKey | ForEach-Object { $_; Set-Content -LiteralPath $path -Value 'sk-another-one' } | Set-ByokKey -KeyPath $path", ("path", path))).Succeeded();
        Assert.All(shell.Store.Keys, key => Assert.Equal("sk-the-first-one", key.RawKey));
    }

    [Theory]
    [InlineData("google-vertex", """{"type":"service_account","project_id":"p"}""", "private_key")]
    [InlineData("azure", """[{"resource_name":"r"}]""", "api_key")]
    [InlineData("amazon-bedrock", """{"accessKeyId":"a","region":"r"}""", "secretAccessKey")]
    public async Task A_document_that_lacks_a_field_is_refused_with_the_name_of_the_field(string provider, string document, string missing)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        using var folder = new TemporaryFolder();
        CommandResult refused = await shell.InvokeAsync("New-ByokKey $provider -KeyPath $path", ("provider", provider), ("path", folder.Write("key.json", document)));
        ErrorRecord error = Assert.Single(refused.AllErrors);
        Assert.StartsWith("ByokBadRequest,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(missing, error.Exception.Message, StringComparison.Ordinal);
        Assert.Empty(shell.Server.Requests);
    }

    [Fact]
    public async Task A_document_of_a_service_account_is_sent_as_it_is()
    {
        const string document = """{"type":"service_account","project_id":"p","private_key":"-----BEGIN \u00e9","client_email":"a@b"}""";
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        using var folder = new TemporaryFolder();
        (await shell.InvokeAsync("[pscustomobject]@{ Provider = 'google-vertex'; KeyPath = $path } | New-ByokKey", ("path", folder.Write("account.json", document + "\n")))).Succeeded();
        Assert.Equal(document, Assert.Single(shell.Store.Keys).RawKey);
    }
}
