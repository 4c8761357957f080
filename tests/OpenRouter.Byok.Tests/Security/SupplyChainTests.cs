using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>The dependencies of the module and of its build are pinned.</summary>
public sealed partial class SupplyChainTests
{
    [Fact]
    public void Every_package_is_locked_by_its_hash()
    {
        string[] projects = [.. Projects().Where(project => File.ReadAllText(project).Contains("Reference Include", StringComparison.Ordinal))];

        Assert.NotEmpty(projects);
        Assert.All(projects, project =>
        {
            using JsonDocument locks = JsonDocument.Parse(File.ReadAllText(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json")));
            Assert.All(
                locks.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(target => target.Value.EnumerateObject()),
                package => Assert.True(
                    package.Value.GetProperty("type").GetString() == "Project" || package.Value.GetProperty("contentHash").GetString()!.Length > 40, $"{project}: {package.Name}"));
        });
    }

    /// <summary>Lock files do not have the packages that are downloaded without a reference.</summary>
    [Fact]
    public void What_is_downloaded_without_a_reference_has_an_exact_version_and_what_is_executed_a_hash()
    {
        (string Name, string Text)[] projects = [.. Projects().Concat(Files("*.targets")).Select(project => (Path.GetFileName(project), File.ReadAllText(project)))];

        Assert.All(
            projects.SelectMany(project => Downloaded().Matches(project.Text)),
            download => Assert.Matches(@"Version=""\[([0-9.]+|\$\((Precompiler|PowerShell|Pester)Version\))\]""", download.Value));
        string module = projects.Single(project => project.Name == "Precompile.targets").Text;

        // What runs in a build or a test.
        string packages = File.ReadAllText(RepositoryRoot.Combine("Directory.Packages.props"));
        Assert.All(new[] { "Precompiler", "PowerShell", "Pester" }, name =>
        {
            Assert.Matches($"<{name}Version>[0-9.]+</{name}Version>", packages);
            Assert.Matches($"<{name}Sha512>[A-Za-z0-9+/]{{86}}==</{name}Sha512>", packages);
        });
        Assert.Contains("<VerifyFileHash", projects.Single(project => project.Name == "PinnedPowerShell.csproj").Text, StringComparison.Ordinal);

        // The precompiler, and what it compiles against for each system.
        Assert.Contains("Sha512=\"$(PrecompilerSha512)\"", module, StringComparison.Ordinal);
        Assert.Equal(2, Hashed().Count(module));
        Assert.Contains("<VerifyFileHash", module, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_action_is_pinned_by_commit() => Assert.All(Workflows(), workflow =>
        Assert.All(Used().Matches(workflow), used => Assert.Matches("@[0-9a-f]{40}$", used.Groups[1].Value)));

    [Fact]
    public void Every_workflow_narrows_its_permissions() => Assert.All(Workflows(), workflow =>
    {
        string permissions = Permissions().Match(workflow).Groups[1].Value;
        Assert.NotEmpty(permissions);
        Assert.DoesNotContain("write", permissions, StringComparison.Ordinal);
    });

    private static IEnumerable<string> Projects() => Files("*.csproj");

    private static IEnumerable<string> Files(string pattern) => new[] { "src", "tests", "benchmarks" }
        .SelectMany(folder => Directory.EnumerateFiles(RepositoryRoot.Combine(folder), pattern, SearchOption.AllDirectories))
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    private static string[] Workflows()
    {
        string[] workflows = [.. Directory.EnumerateFiles(RepositoryRoot.Combine(".github", "workflows"), "*.yml").Select(File.ReadAllText)];
        Assert.NotEmpty(workflows);
        return workflows;
    }

    [GeneratedRegex(@"<PackageDownload\b.*")]
    private static partial Regex Downloaded();

    [GeneratedRegex(@"Sha512=""[A-Za-z0-9+/]{86}==""")]
    private static partial Regex Hashed();

    [GeneratedRegex(@"^\s*-?\s*uses:\s*(\S+)", RegexOptions.Multiline)]
    private static partial Regex Used();

    /// <summary>The permissions of the whole workflow, which jobs may only widen by name.</summary>
    [GeneratedRegex(@"^permissions:((?: \{\})|(?:\r?\n  .+)+)", RegexOptions.Multiline)]
    private static partial Regex Permissions();
}
