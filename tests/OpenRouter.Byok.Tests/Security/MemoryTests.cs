using System.Security.Cryptography;
using OpenRouter.Byok.PinnedPowerShell;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>The copies of a raw key in a process that has sent it.</summary>
public sealed class MemoryTests
{
    [Theory]
    [InlineData(false, 51)]
    [InlineData(true, 51)]
    [InlineData(true, 2400)]
    [InlineData(true, 60_000)]
    public async Task After_a_key_was_sent_only_its_SecureString_remains(bool https, int length)
    {
        Assert.SkipUnless(ProcessMemory.CanBeRead, "Needs /proc.");
        string key = Secrets.NewKey(length);
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { Https = https, SeedCount = 1 });
        Guid id = server.Store.Keys[0].Id;
        await using ProbeProcess probe = await ConnectAsync(server, key);

        await SendAsync(probe, server, key);
        server.Faults.Add("Create:Status(400)x1");
        Assert.Equal("failed BadRequest", await probe.AskAsync("create"));
        server.Faults.Add("Create:StatusAfterCommit(502)x1");
        Assert.Equal("done", await probe.AskAsync("create"));
        server.Faults.Add("Update:Status(500)x2");
        server.Faults.Add("Update:ResetBeforeCommit()x1");
        server.Faults.Add("Update:ResetBeforeBody()x1");
        Assert.Equal("done", await probe.AskAsync($"rotate {id}"));
        server.Faults.Add("Update:Hang()x1");
        Assert.Equal("stopped", await probe.AskAsync($"cancel {id}"));

        await AssertOnlyTheSecureStringRemainsAsync(probe, key);
    }

    /// <summary>A document is parsed to be checked; the parser keeps no copy of it.</summary>
    [Fact]
    public async Task After_a_key_document_was_sent_only_its_SecureString_remains()
    {
        Assert.SkipUnless(ProcessMemory.CanBeRead, "Needs /proc.");
        string key = $$"""{"api_key":"{{Secrets.NewKey(300)}}","region":"us"}""";
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { Https = true, SeedCount = 1 });
        await using ProbeProcess probe = await ConnectAsync(server, key);

        await SendAsync(probe, server, key);

        await AssertOnlyTheSecureStringRemainsAsync(probe, key);
    }

    /// <summary>The control: a remaining copy is found.</summary>
    [Fact]
    public async Task A_key_that_was_sent_as_a_string_is_found_in_memory()
    {
        Assert.SkipUnless(ProcessMemory.CanBeRead, "Needs /proc.");
        string key = Secrets.NewKey(51);
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { Https = true, SeedCount = 1 });
        await using ProbeProcess probe = await ConnectAsync(server, key);

        await AssertCarelessSendingIsFoundAsync(probe, server, key);
    }

    [Fact]
    public async Task In_PowerShell_only_the_SecureString_remains()
    {
        string key = Secrets.NewKey(51);
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });
        await using ProbeProcess session = await StartSessionAsync(server, key);

        await SendAsync(session, server, key);
        server.Faults.Add("Create:Status(400)x1");
        Assert.StartsWith("failed ByokBadRequest", await session.AskAsync("create"), StringComparison.Ordinal);
        server.Faults.Add("Update:Status(500)x1");
        Assert.Equal("done", await session.AskAsync($"rotate {server.Store.Keys[0].Id}"));

        await AssertOnlyTheSecureStringRemainsAsync(session, key);
    }

    /// <summary>The control: the same session finds what Invoke-RestMethod leaves.</summary>
    [Fact]
    public async Task In_PowerShell_Invoke_RestMethod_leaves_copies()
    {
        string key = Secrets.NewKey(51);
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });
        await using ProbeProcess session = await StartSessionAsync(server, key);

        await AssertCarelessSendingIsFoundAsync(session, server, key);
    }

    private static async Task<ProbeProcess> StartSessionAsync(SandboxServer server, string key)
    {
        Assert.SkipUnless(ProcessMemory.CanBeRead, "Needs /proc.");
        ProbeProcess session = ProbeProcess.Start(
            PowerShellProgram.StartInfo("-NoProfile", "-NonInteractive", "-File", Path.Combine(AppContext.BaseDirectory, "Security", "memory-probe.ps1"), RepositoryRoot.Combine("out", "OpenRouter.Byok")),
            new Dictionary<string, string> { ["OPENROUTER_BASE_URL"] = server.BaseUri.ToString(), ["OPENROUTER_MANAGEMENT_KEY"] = server.ManagementKey });
        Assert.Equal("done", await session.AskAsync($"key {ProbeProcess.Masked(key)}"));
        return session;
    }

    private static async Task<ProbeProcess> ConnectAsync(SandboxServer server, string key)
    {
        ProbeProcess probe = ProbeProcess.Start();
        string trusted = server.Certificate is null ? string.Empty : $" {server.Certificate.GetCertHashString(HashAlgorithmName.SHA256)}";
        Assert.Equal("done", await probe.AskAsync($"connect {server.BaseUri} {ProbeProcess.Masked(server.ManagementKey)}{trusted}"));
        Assert.Equal("done", await probe.AskAsync($"key {ProbeProcess.Masked(key)}"));
        return probe;
    }

    /// <summary>Sends the key in every possible way.</summary>
    private static async Task SendAsync(ProbeProcess process, SandboxServer server, string key)
    {
        Guid id = server.Store.Keys[0].Id;
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, key, TestContext.Current.CancellationToken);
            Assert.Equal("done", await process.AskAsync($"rotate {id}"));
            Assert.Equal(key, server.Store.RawKey(id));
            Assert.Equal("done", await process.AskAsync("create"));
            Assert.Equal("done", await process.AskAsync($"file {id} {file}"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task AssertOnlyTheSecureStringRemainsAsync(ProbeProcess process, string key)
    {
        await process.AskAsync("collect");
        AssertCopies(process, key, inUtf16: 1);
        await process.AskAsync("release");
        AssertCopies(process, key, inUtf16: 0);
    }

    private static async Task AssertCarelessSendingIsFoundAsync(ProbeProcess process, SandboxServer server, string key)
    {
        // Without a collection, which may clear the pool of buffers that the request has used.
        Assert.Equal("done", await process.AskAsync($"careless {server.Store.Keys[0].Id}"));

        ProcessMemory.Copies copies = ProcessMemory.Count(process.Id, key)[0];
        TestContext.Current.TestOutputHelper!.WriteLine(copies.ToString());
        Assert.True(copies.Utf8 > 0 && copies.Utf16 > 1, copies.ToString());
    }

    private static void AssertCopies(ProbeProcess probe, string key, int inUtf16)
    {
        // The whole key, and pieces of it: a reused buffer may have overwritten a part of a copy.
        string[] pieces = [key, .. Enumerable.Range(0, Math.Min(8, (key.Length - 16) / 8)).Select(piece => key.Substring((key.Length - 16) / 8 * piece, 16)), key[^16..]];
        Assert.All(ProcessMemory.Count(probe.Id, pieces), copies => Assert.Equal(new ProcessMemory.Copies(0, inUtf16), copies));
    }
}
