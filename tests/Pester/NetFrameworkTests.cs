using System.Diagnostics;
using System.Security.Cryptography;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Security;

namespace OpenRouter.Byok.Tests.Pester;

/// <summary>Runs the Desktop assemblies through the module's own loader: on .NET Framework, elsewhere on Mono.</summary>
public sealed class NetFrameworkTests
{
    private static string? Mono { get; } = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, "mono"))
        .FirstOrDefault(File.Exists);

    [Theory]
    [InlineData(0)]
    [InlineData(250)]
    public async Task Lists_every_key_with_the_packages_of_the_module(int keys)
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = keys });
        await using ProbeProcess probe = await ConnectAsync(server);

        // A package is loaded when it is first needed: the one for retries with the first retry.
        server.Faults.Add("List:Status(503)x1");
        Assert.Equal($"done {keys}", await probe.AskAsync("list"));

        string dependencies = Path.Combine(BuiltPaths.Module, "Desktop", "dependencies");
        string[] loaded = (await probe.AskAsync("loaded")).Split(';');
        Assert.All(
            new[] { "OpenRouter.Byok.Client.dll", "Polly.Core.dll", "System.Text.Json.dll", "Microsoft.Extensions.Http.dll" },
            name => Assert.Equal(Path.Combine(dependencies, name), Assert.Single(loaded, file => Path.GetFileName(file) == name)));
    }

    [Fact]
    public async Task Creates_rotates_and_deletes_over_TLS()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { Https = true });
        await using ProbeProcess probe = await ConnectAsync(server);

        string created = await probe.AskAsync("create openai sk-first-0123456789");
        Guid id = server.Store.Keys.Single().Id;
        Assert.Equal($"done {id}", created);
        Assert.Equal("sk-first-0123456789", server.Store.RawKey(id));

        Assert.Equal("done sk-...6780", await probe.AskAsync($"rotate {id} sk-second-0123456780"));
        Assert.Equal("sk-second-0123456780", server.Store.RawKey(id));

        Assert.Equal("done", await probe.AskAsync($"delete {id}"));
        Assert.Equal(0, server.Store.Count);
        Assert.Equal("failed NotFound", await probe.AskAsync($"get {id}"));
    }

    [Fact]
    public async Task Refuses_a_certificate_that_nobody_vouches_for()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { Https = true, SeedCount = 1 });
        await using ProbeProcess probe = Start();
        await probe.AskAsync($"connect {server.BaseUri} {server.ManagementKey} 10");

        Assert.Equal("failed ConnectionFailed", await probe.AskAsync("list"));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Retries_an_update_and_creates_once_where_the_response_was_lost()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });
        await using ProbeProcess probe = await ConnectAsync(server);
        Guid id = server.Store.Keys[0].Id;

        server.Faults.Add("Update:Status(503)x2");
        Assert.StartsWith("done", await probe.AskAsync($"rotate {id} sk-rotated-0123456789"), StringComparison.Ordinal);
        Assert.Equal(3, server.Requests.Of(ApiOperation.Update).Count);

        server.Faults.Add("Create:StatusAfterCommit(502)x1");
        Assert.StartsWith("done", await probe.AskAsync("create openai sk-once-0123456789"), StringComparison.Ordinal);
        Assert.Equal(2, server.Store.Count);
        Assert.Single(server.Requests.Of(ApiOperation.Create));
    }

    [Fact]
    public async Task Ends_an_attempt_that_gets_no_response()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });
        await using ProbeProcess probe = await ConnectAsync(server, timeoutSec: 1);
        server.Faults.Add("*:Hang()");

        Assert.Equal("failed Timeout", await probe.AskAsync($"get {server.Store.Keys[0].Id}"));
    }

    [Fact]
    public async Task A_wrong_management_key_is_one_clear_error()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions());
        await using ProbeProcess probe = Start();
        await probe.AskAsync($"connect {server.BaseUri} not-the-key 10");

        Assert.Equal("failed Unauthorized", await probe.AskAsync("list"));
    }

    private static ProbeProcess Start()
    {
        string program = Path.Combine(BuiltPaths.Of("NetFrameworkProbe"), "OpenRouter.Byok.NetFrameworkProbe.exe");
        string desktop = Path.Combine(BuiltPaths.Module, "Desktop");
        if (OperatingSystem.IsWindows())
        {
            return ProbeProcess.Start(new ProcessStartInfo(program, [desktop]));
        }

        Assert.SkipWhen(Mono is null, "Mono is not installed, and NuGet does not have it.");
        return ProbeProcess.Start(new ProcessStartInfo(Mono!, [program, desktop]));
    }

    private static async Task<ProbeProcess> ConnectAsync(SandboxServer server, int timeoutSec = 20)
    {
        ProbeProcess probe = Start();
        string certificate = server.Certificate is null ? string.Empty : $" {server.Certificate.GetCertHashString(HashAlgorithmName.SHA256)}";
        Assert.Equal("done", await probe.AskAsync($"connect {server.BaseUri} {server.ManagementKey} {timeoutSec}{certificate}"));
        return probe;
    }
}
