using System.Text.Json;
using OpenRouter.Byok.PinnedPowerShell;

namespace OpenRouter.Byok.Tests;

/// <summary>Runs the Pester tests: each file in a PowerShell of its own.</summary>
/// <remarks>The rows of one class run one after the other, so two classes share the files to use two processors.</remarks>
public abstract class PesterFiles(ITestOutputHelper output)
{
    /// <summary>The files of one share, each of them a row.</summary>
    /// <remarks>Large files take long, so the files are dealt out in the order of their size, and whoever was first is last next time.</remarks>
    private protected static TheoryData<string> Share(int share) =>
        [.. new DirectoryInfo(RepositoryRoot.Combine("tests", "Pester")).EnumerateFiles("*.Tests.ps1")
            .OrderByDescending(file => file.Length).ThenBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => file.Name).Where((_, place) => (place + 1) / 2 % 2 == share)];

    private protected async Task RunAsync(string file)
    {
        string result = Path.GetTempFileName();
        try
        {
            (int exitCode, string said) = await PesterRunner.RunAsync(
                [
                    "-File", RepositoryRoot.Combine("tests", "Pester", "Invoke-TestFile.ps1"),
                    "-Path", RepositoryRoot.Combine("tests", "Pester", file),
                    "-PesterPath", PowerShellProgram.PesterManifest,
                    "-ResultPath", result,
                ],
                TestContext.Current.CancellationToken);
            Assert.True(exitCode == 0, $"PowerShell ended with exit code {exitCode}:\n{said}");
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
