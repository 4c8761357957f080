using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.StandIn;

/// <summary>
/// The sandbox's faithfulness, proven by something nobody here wrote: the official TypeScript SDK.
/// </summary>
public sealed class OfficialSdkTests
{
    private static readonly string[] _offline = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_official_sdk_finds_no_difference()
    {
        var folder = RepositoryRoot.Combine("tests", "sdk");
        await InstallAsync(folder);
        await using var server = await SandboxServer.StartAsync(new() { SeedCount = 35 });

        var (exitCode, output) = await RunAsync(folder, "node", ["byok.mjs"], new()
        {
            ["OPENROUTER_BASE_URL"] = server.BaseUri.ToString(),
            ["OPENROUTER_MANAGEMENT_KEY"] = server.ManagementKey,
        });

        Assert.True(exitCode == 0, output);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.Equal(8, output.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)));
        foreach (var request in server.Requests.Where(request => request.Status == 201))
        {
            ApiSchema.AssertValid("CreateBYOKKeyRequest", request.Body);
        }

        foreach (var request in server.Requests.Of(ApiOperation.Update))
        {
            ApiSchema.AssertValid("UpdateBYOKKeyRequest", request.Body);
        }
    }

    private static async Task InstallAsync(string folder)
    {
        var locked = await File.ReadAllBytesAsync(Path.Combine(folder, "package-lock.json"), Cancellation);
        var wanted = Convert.ToHexStringLower(SHA256.HashData(locked));
        var stamp = Path.Combine(folder, "node_modules", ".installed-from");

        // Several runs may share the folder: one installs, the others wait and find it done.
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..16];
        await using var turn = await TakeTurnAsync(Path.Combine(Path.GetTempPath(), $"openrouter-byok-sdk-{name}.lock"));
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp, Cancellation) == wanted)
        {
            await RunAsync(folder, "node", ["--version"], []);
            return;
        }

        // Install scripts have no business in a test; the SDK's one asks the API for news.
        var (exitCode, output) = OperatingSystem.IsWindows()
            ? await RunAsync(folder, "cmd", ["/c", "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], [])
            : await RunAsync(folder, "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], []);
        if (exitCode != 0 && Array.Exists(_offline, error => output.Contains(error, StringComparison.Ordinal)))
        {
            Assert.Skip("The npm registry cannot be reached.");
        }

        Assert.True(exitCode == 0, output);
        await File.WriteAllTextAsync(stamp, wanted, Cancellation);
    }

    private static async Task<FileStream> TakeTurnAsync(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(100, Cancellation);
            }
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(
        string folder, string command, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        Process? process = null;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{command} is not installed: the official SDK needs Node.js 18 or later with npm.");
        }

        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync(Cancellation);
            var errors = process.StandardError.ReadToEndAsync(Cancellation);
            await process.WaitForExitAsync(Cancellation);
            return (process.ExitCode, await output + await errors);
        }
    }
}
