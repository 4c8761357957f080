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
    [InlineData(false, 2400)]
    [InlineData(true, 2400)]
    [InlineData(false, 60_000)]
    [InlineData(true, 60_000)]
    public async Task After_a_key_was_sent_only_its_SecureString_remains(bool https, int length)
    {
        Assert.SkipUnless(ProcessMemory.CanBeRead, "Needs /proc.");
        string key = NewKey(length);
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
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_that_was_sent_as_a_string_is_found_in_memory(bool https)
    {
        Assert.SkipUnless(ProcessMemory.CanBeRead, "Needs /proc.");
        string key = NewKey(51);
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { Https = https, SeedCount = 1 });
        await using ProbeProcess probe = await ConnectAsync(server, key);

        Assert.Equal("done", await probe.AskAsync($"careless {server.Store.Keys[0].Id}"));
        await probe.AskAsync("collect");

        ProcessMemory.Copies copies = ProcessMemory.Count(probe.Id, key)[0];
        TestContext.Current.TestOutputHelper!.WriteLine(copies.ToString());
        Assert.True(copies.Utf8 > 0 && copies.Utf16 > 1, copies.ToString());
    }

    private static async Task<ProbeProcess> ConnectAsync(SandboxServer server, string key)
    {
        ProbeProcess probe = ProbeProcess.Start(Probe);
        string trusted = server.Certificate is null ? string.Empty : $" {server.Certificate.GetCertHashString(HashAlgorithmName.SHA256)}";
        Assert.Equal("done", await probe.AskAsync($"connect {server.BaseUri} {ProbeProcess.Masked(server.ManagementKey)}{trusted}"));
        Assert.Equal("done", await probe.AskAsync($"key {ProbeProcess.Masked(key)}"));
        return probe;
    }

    /// <summary>A key in which no piece of eight characters stands twice.</summary>
    private static string NewKey(int length) => "sk-" + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", length - 3);

    private static void AssertCopies(ProbeProcess probe, string key, int inUtf16)
    {
        // The whole key, and pieces: a buffer that was used again may have overwritten a part of a copy.
        string[] pieces = [key, .. Enumerable.Range(0, Math.Min(8, (key.Length - 16) / 8)).Select(piece => key.Substring((key.Length - 16) / 8 * piece, 16)), key[^16..]];
        Assert.All(ProcessMemory.Count(probe.Id, pieces), copies => Assert.Equal(new ProcessMemory.Copies(0, inUtf16), copies));
    }
}
