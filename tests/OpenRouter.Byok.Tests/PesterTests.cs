using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenRouter.Byok.Tests;

/// <summary>
/// Runs the Pester tests, one file in one PowerShell each. Where there is no PowerShell or no Pester they count as
/// skipped, with their number and the reason; with <c>BYOK_REQUIRE_PWSH=1</c> that is a failure.
/// </summary>
public sealed partial class PesterTests(ITestOutputHelper output)
{
    private static readonly string[] s_files =
        [.. Directory.EnumerateFiles(RepositoryRoot.Combine("tests", "Pester"), "*.Tests.ps1").Select(Path.GetFileName).Order(StringComparer.Ordinal)!];

    /// <summary>The files, each of them a row; one row for all of them where none can run.</summary>
    public static TheoryData<string> Files => PesterRunner.WhatIsMissing is null ? [.. s_files] : ["*.Tests.ps1"];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task In_a_real_PowerShell(string file)
    {
        if (PesterRunner.WhatIsMissing is { } missing)
        {
            int tests = s_files.Sum(name => ItBlock().Count(File.ReadAllText(RepositoryRoot.Combine("tests", "Pester", name))));
            string message = $"{tests} Pester tests in {s_files.Length} files were not run: {missing}.";
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
