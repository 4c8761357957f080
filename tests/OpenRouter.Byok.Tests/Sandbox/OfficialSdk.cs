using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace OpenRouter.Byok.Tests.StandIn;

/// <summary>The official TypeScript SDK, as <c>tests/sdk</c> pins it, and the scripts there that use it.</summary>
internal static class OfficialSdk
{
    private static readonly string _folder = RepositoryRoot.Combine("tests", "sdk");
    private static readonly string[] _offline = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Runs a script. Skips the test where Node.js is missing, or the SDK cannot be downloaded.</summary>
    internal static async Task<(int ExitCode, string Output)> RunAsync(
        string[] scriptAndArguments, Dictionary<string, string>? environment = null)
    {
        await InstallAsync();
        return await StartAsync("node", scriptAndArguments, environment ?? []);
    }

    private static async Task InstallAsync()
    {
        var lockFile = await File.ReadAllBytesAsync(Path.Combine(_folder, "package-lock.json"), Cancellation);
        var wanted = Convert.ToHexStringLower(SHA256.HashData(lockFile));
        var stamp = Path.Combine(_folder, "node_modules", ".installed-from");

        // Several runs may share the folder: one installs, the others wait and find it done.
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_folder)))[..16];
        await using var turn = await TakeTurnAsync(Path.Combine(Path.GetTempPath(), $"openrouter-byok-sdk-{name}.lock"));
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp, Cancellation) == wanted)
        {
            return;
        }

        // Install scripts are not run in a test; the one of the SDK sends requests to the API.
        string[] install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        var (exitCode, output) = OperatingSystem.IsWindows()
            ? await StartAsync("cmd", ["/c", .. install], [])
            : await StartAsync(install[0], install[1..], []);
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

    private static async Task<(int ExitCode, string Output)> StartAsync(
        string command, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = _folder,
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
        catch (Win32Exception)
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
