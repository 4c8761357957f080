using System.Security.Cryptography;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>What is left of a raw key in a process that has sent it.</summary>
public sealed class MemoryTests
{
    private static readonly string Probe = Path.Combine(AppContext.BaseDirectory, "OpenRouter.Byok.MemoryProbe");

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
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, key, TestContext.Current.CancellationToken);
            await using ProbeProcess probe = await ConnectAsync(server, key);

            Assert.Equal("done", await probe.AskAsync($"rotate {id}"));
            Assert.Equal(key, server.Store.RawKey(id));
            Assert.Equal("done", await probe.AskAsync("create"));
            Assert.Equal("done", await probe.AskAsync($"file {id} {file}"));

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

            await probe.AskAsync("collect");
            AssertCopies(probe, key, inUtf16: 1);
            await probe.AskAsync("release");
            AssertCopies(probe, key, inUtf16: 0);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The control: what is left is found.</summary>
    [Fact]
    public async Task A_key_that_was_sent_as_a_string_is_found_in_memory()
    {
        Assert.SkipUnless(ProcessMemory.CanBeRead, "Needs /proc.");
        string key = Secrets.NewKey(51);
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { Https = true, SeedCount = 1 });
        await using ProbeProcess probe = await ConnectAsync(server, key);

        Assert.Equal("done", await probe.AskAsync($"careless {server.Store.Keys[0].Id}"));
        await probe.AskAsync("collect");

        ProcessMemory.Copies copies = ProcessMemory.Count(probe.Id, key)[0];
        TestContext.Current.TestOutputHelper!.WriteLine(copies.ToString());
        Assert.True(copies.Utf8 > 0 && copies.Utf16 > 1, copies.ToString());
    }

    [Fact]
    public async Task In_PowerShell_only_the_SecureString_remains()
    {
        string key = Secrets.NewKey(51);
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });
        Guid id = server.Store.Keys[0].Id;
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, key, TestContext.Current.CancellationToken);
            await using ProbeProcess session = await StartSessionAsync(server, key);

            Assert.Equal("done", await session.AskAsync($"rotate {id}"));
            Assert.Equal(key, server.Store.RawKey(id));
            Assert.Equal("done", await session.AskAsync("create"));
            Assert.Equal("done", await session.AskAsync($"file {id} {file}"));
            server.Faults.Add("Create:Status(400)x1");
            Assert.StartsWith("failed ByokBadRequest", await session.AskAsync("create"), StringComparison.Ordinal);
            server.Faults.Add("Update:Status(500)x1");
            Assert.Equal("done", await session.AskAsync($"rotate {id}"));

            await session.AskAsync("collect");
            AssertCopies(session, key, inUtf16: 1);
            await session.AskAsync("release");
            AssertCopies(session, key, inUtf16: 0);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The control: the same session finds what Invoke-RestMethod leaves.</summary>
    [Fact]
    public async Task In_PowerShell_Invoke_RestMethod_leaves_copies()
    {
        string key = Secrets.NewKey(51);
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });
        await using ProbeProcess session = await StartSessionAsync(server, key);

        Assert.Equal("done", await session.AskAsync($"careless {server.Store.Keys[0].Id}"));
        await session.AskAsync("collect");

        ProcessMemory.Copies copies = ProcessMemory.Count(session.Id, key)[0];
        TestContext.Current.TestOutputHelper!.WriteLine(copies.ToString());
        Assert.True(copies.Utf8 > 0 && copies.Utf16 > 1, copies.ToString());
    }

    private static async Task<ProbeProcess> StartSessionAsync(SandboxServer server, string key)
    {
        string? shell = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "pwsh")).FirstOrDefault(File.Exists);
        Assert.SkipUnless(ProcessMemory.CanBeRead && shell is not null, "Needs /proc and pwsh.");
        ProbeProcess session = ProbeProcess.Start(
            shell!,
            ["-NoProfile", "-NonInteractive", "-File", Path.Combine(AppContext.BaseDirectory, "Security", "memory-probe.ps1"), RepositoryRoot.Combine("out", "OpenRouter.Byok")],
            new Dictionary<string, string> { ["OPENROUTER_BASE_URL"] = server.BaseUri.ToString(), ["OPENROUTER_MANAGEMENT_KEY"] = server.ManagementKey });
        Assert.Equal("done", await session.AskAsync($"key {ProbeProcess.Masked(key)}"));
        return session;
    }

    private static async Task<ProbeProcess> ConnectAsync(SandboxServer server, string key)
    {
        ProbeProcess probe = ProbeProcess.Start(Probe, []);
        string trusted = server.Certificate is null ? string.Empty : $" {server.Certificate.GetCertHashString(HashAlgorithmName.SHA256)}";
        Assert.Equal("done", await probe.AskAsync($"connect {server.BaseUri} {ProbeProcess.Masked(server.ManagementKey)}{trusted}"));
        Assert.Equal("done", await probe.AskAsync($"key {ProbeProcess.Masked(key)}"));
        return probe;
    }

    private static void AssertCopies(ProbeProcess probe, string key, int inUtf16)
    {
        // The whole key, and pieces: a buffer that was used again may have overwritten a part of a copy.
        string[] pieces = [key, .. Enumerable.Range(0, Math.Min(8, (key.Length - 16) / 8)).Select(piece => key.Substring((key.Length - 16) / 8 * piece, 16)), key[^16..]];
        Assert.All(ProcessMemory.Count(probe.Id, pieces), copies => Assert.Equal(new ProcessMemory.Copies(0, inUtf16), copies));
    }
}
