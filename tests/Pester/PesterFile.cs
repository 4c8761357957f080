using System.Text.Json;
using OpenRouter.Byok.PinnedPowerShell;

namespace OpenRouter.Byok.Tests.Pester;

/// <summary>Runs one Pester file in a PowerShell of its own. The build writes a class for each file.</summary>
public abstract class PesterFile(string name, ITestOutputHelper output)
{
    [Fact]
    public async Task Passes_in_PowerShell()
    {
        string result = Path.GetTempFileName();
        try
        {
            PowerShellRun run = await PowerShellRun.StartAsync(
                [
                    "-File", Path.Combine(BuiltPaths.PesterFiles, "Invoke-TestFile.ps1"),
                    "-Path", Path.Combine(BuiltPaths.PesterFiles, name),
                    "-PesterPath", PowerShellProgram.PesterManifest,
                    "-ResultPath", result,
                ],
                new Dictionary<string, string?>
                {
                    ["BYOK_SANDBOX_PROGRAM"] = Path.Combine(AppContext.BaseDirectory, "OpenRouter.Byok.Sandbox.dll"),
                    ["DOTNET_HOST_PATH"] = PowerShellProgram.DotnetHost,
                },
                TestContext.Current.CancellationToken);
            Assert.True(run.ExitCode == 0, $"PowerShell ended with exit code {run.ExitCode}:\n{run.Output}");
            using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(result, TestContext.Current.CancellationToken));
            Judge(report.RootElement);
        }
        finally
        {
            File.Delete(result);
        }
    }

    private void Judge(JsonElement report)
    {
        if (report.GetProperty("unsupported").GetString() is { } reason)
        {
            Assert.Skip(reason);
        }

        foreach (JsonElement skipped in report.GetProperty("skipped").EnumerateArray())
        {
            output.WriteLine($"Pester skipped: {skipped.GetProperty("name")}: {skipped.GetProperty("message")}");
        }

        int passed = report.GetProperty("passed").GetInt32();
        output.WriteLine($"Pester passed: {passed}");
        JsonElement failures = report.GetProperty("failures");
        Assert.True(
            failures.GetArrayLength() == 0,
            $"{failures.GetArrayLength()} failed in Pester, {passed} passed:\n\n"
            + string.Join("\n\n", failures.EnumerateArray().Select(failure => $"[-] {failure.GetProperty("name")}\n{failure.GetProperty("message")}")));

        // A file whose tests are all filtered out or skipped proves nothing.
        Assert.True(passed > 0, "No Pester test ran.");
    }
}
