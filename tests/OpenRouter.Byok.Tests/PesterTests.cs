using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenRouter.Byok.Tests;

/// <summary>
/// Runs the Pester tests, one file in one PowerShell each. Where there is no PowerShell or no Pester they count as
/// skipped, with the reason; with <c>BYOK_REQUIRE_PWSH=1</c> that is a failure.
/// </summary>
public sealed partial class PesterTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_longestRun = TimeSpan.FromMinutes(3);

    public static TheoryData<string> Files =>
    [
        .. Directory.EnumerateFiles(RepositoryRoot.Combine("tests", "Pester"), "*.Tests.ps1").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task In_a_real_PowerShell(string file)
    {
        string path = RepositoryRoot.Combine("tests", "Pester", file);
        string result = Path.GetTempFileName();
        try
        {
            if (await RunAsync(path, result) is { } reason)
            {
                GiveUp(path, reason);
            }

            using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(result, TestContext.Current.CancellationToken));
            if (report.RootElement.TryGetProperty("missing", out JsonElement missing))
            {
                GiveUp(path, missing.GetString()!);
            }

            Judge(report.RootElement);
        }
        finally
        {
            File.Delete(result);
        }
    }

    private void Judge(JsonElement report)
    {
        foreach (JsonElement skipped in report.GetProperty("skipped").EnumerateArray())
        {
            output.WriteLine($"Pester skipped: {skipped.GetProperty("name")}: {skipped.GetProperty("message")}");
        }

        output.WriteLine($"Pester passed: {report.GetProperty("passed")}");
        JsonElement failures = report.GetProperty("failures");
        Assert.True(
            failures.GetArrayLength() == 0,
            $"{failures.GetArrayLength()} failed in Pester, {report.GetProperty("passed")} passed:\n\n"
            + string.Join("\n\n", failures.EnumerateArray().Select(failure => $"[-] {failure.GetProperty("name")}\n{failure.GetProperty("message")}")));

        // A file without a test, or whose tests are all filtered out, proves nothing.
        Assert.True(report.GetProperty("passed").GetInt32() > 0, "No Pester test ran.");
    }

    /// <summary>Runs a file; the reason where that was not possible.</summary>
    private static async Task<string?> RunAsync(string path, string result)
    {
        if (Find("pwsh") is not { } pwsh)
        {
            return "there is no pwsh on the PATH (PowerShell 7.4 or later: https://aka.ms/powershell)";
        }

        var start = new ProcessStartInfo(pwsh) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in new[]
        {
            "-NoProfile", "-NonInteractive", "-File", RepositoryRoot.Combine("tests", "Pester", "Invoke-TestFile.ps1"), "-Path", path, "-ResultPath", result,
        })
        {
            start.ArgumentList.Add(argument);
        }

        // A real account of whoever runs the tests must be out of their reach.
        foreach (string variable in start.Environment.Keys.Where(name => name.StartsWith("OPENROUTER_", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(variable);
        }

        start.Environment["BYOK_SANDBOX_PROGRAM"] = Path.Combine(AppContext.BaseDirectory, "OpenRouter.Byok.Sandbox.dll");
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        start.Environment["NO_COLOR"] = "1";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> said = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> complained = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(s_longestRun);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{Path.GetFileName(path)} did not end within {s_longestRun.TotalMinutes:0} minutes.");
        }

        Assert.True(process.ExitCode is 0 or 3, $"pwsh ended with {process.ExitCode}:\n{await said}\n{await complained}");
        return null;
    }

    private static void GiveUp(string path, string reason)
    {
        string message = $"{ItBlock().Count(File.ReadAllText(path))} Pester tests of {Path.GetFileName(path)} were not run: {reason}.";
        Assert.False(Environment.GetEnvironmentVariable("BYOK_REQUIRE_PWSH") == "1", message);
        Assert.Skip(message);
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".exe" : program))
        .FirstOrDefault(File.Exists);

    [GeneratedRegex(@"^\s*It\s+['""]", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex ItBlock();
}
