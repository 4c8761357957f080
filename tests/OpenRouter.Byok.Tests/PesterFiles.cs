using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenRouter.Byok.Tests;

/// <summary>
/// Runs the Pester tests, one file in one PowerShell each. Where there is no PowerShell or no Pester they count as
/// skipped, with their number and the reason; with <c>BYOK_REQUIRE_PWSH=1</c> that is a failure.
/// </summary>
/// <remarks>The rows of one class run one after the other, so two classes share the files to use two processors.</remarks>
public abstract partial class PesterFiles(ITestOutputHelper output)
{
    /// <summary>The files of one share, each of them a row; one row for all of them where none can run.</summary>
    private protected static TheoryData<string> Rows(int share) => PesterRunner.WhatIsMissing is null ? [.. Share(share)] : ["*.Tests.ps1"];

    private protected async Task RunAsync(string file, int share)
    {
        if (PesterRunner.WhatIsMissing is { } missing)
        {
            string[] files = Share(share);
            int tests = files.Sum(name => ItBlock().Count(File.ReadAllText(RepositoryRoot.Combine("tests", "Pester", name))));
            string message = $"{tests} Pester tests in {files.Length} files were not run: {missing}.";
            Assert.False(Environment.GetEnvironmentVariable("BYOK_REQUIRE_PWSH") == "1", message);
            Assert.Skip(message);
        }

        string result = Path.GetTempFileName();
        try
        {
            (int exitCode, string said) = await PesterRunner.RunAsync(
                [
                    "-File", RepositoryRoot.Combine("tests", "Pester", "Invoke-TestFile.ps1"),
                    "-Path", RepositoryRoot.Combine("tests", "Pester", file),
                    "-ResultPath", result,
                ],
                TestContext.Current.CancellationToken);
            Assert.True(exitCode == 0, $"pwsh ended with {exitCode}:\n{said}");
            using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(result, TestContext.Current.CancellationToken));
            Judge(report.RootElement);
        }
        finally
        {
            File.Delete(result);
        }
    }

    /// <summary>Large files take long, so they are dealt out in the order of their size, and whoever was first is last next time.</summary>
    private static string[] Share(int share) =>
        [.. new DirectoryInfo(RepositoryRoot.Combine("tests", "Pester")).EnumerateFiles("*.Tests.ps1")
            .OrderByDescending(file => file.Length).ThenBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => file.Name).Where((_, place) => (place + 1) / 2 % 2 == share)];

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

    [GeneratedRegex(@"^\s*It\s+['""]", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex ItBlock();
}
