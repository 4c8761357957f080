using System.Text.RegularExpressions;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>docs/security.md names tests that exist.</summary>
public sealed partial class ThreatModelTests
{
    [Fact]
    public void Every_threat_has_a_test_that_exists()
    {
        string[] rows = [.. File.ReadLines(RepositoryRoot.Combine("docs", "security.md"))
            .SkipWhile(line => !line.StartsWith("| What could leak", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(line => line.StartsWith('|'))];

        Assert.NotEmpty(rows);
        Assert.All(rows, row =>
        {
            string[] tests = [.. Quoted().Matches(row.Split(" | ")[2]).Select(match => match.Groups[1].Value)];
            Assert.NotEmpty(tests);
            Assert.All(tests, test => Assert.True(Exists(test), $"There is no test {test}."));
        });
    }

    /// <summary>The table is complete only if it names every test that was written for it.</summary>
    [Fact]
    public void Every_security_test_stands_for_a_threat()
    {
        string document = File.ReadAllText(RepositoryRoot.Combine("docs", "security.md"));
        string[] unnamed = [.. typeof(ThreatModelTests).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(ThreatModelTests).Namespace && type != typeof(ThreatModelTests))
            .SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttributes(typeof(FactAttribute), inherit: true).Length > 0)
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}")
            .Where(name => !document.Contains($"`{name}`", StringComparison.Ordinal))];

        Assert.Empty(unnamed);
    }

    private static bool Exists(string test)
    {
        if (test.Split(": ", 2) is [var file, var name])
        {
            string path = RepositoryRoot.Combine("tests", "Pester", file);
            return File.Exists(path) && File.ReadAllText(path).Contains($"It '{name}'", StringComparison.Ordinal);
        }

        // The tests in the hosted engine are in another assembly.
        string[] parts = test.Split('.');
        string hosted = RepositoryRoot.Combine("tests", "Cmdlets", $"{parts[0]}.cs");
        return parts.Length == 2
            && (typeof(ThreatModelTests).Assembly.GetTypes().Any(type => type.Name == parts[0] && type.GetMethod(parts[1]) is not null)
                || (File.Exists(hosted) && File.ReadAllText(hosted).Contains($" {parts[1]}(", StringComparison.Ordinal)));
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
