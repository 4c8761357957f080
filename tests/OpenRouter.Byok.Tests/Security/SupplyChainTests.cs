using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>What the module is made of, and by whom it is built, is fixed.</summary>
public sealed partial class SupplyChainTests
{
    [Fact]
    public void Every_package_is_locked_by_its_hash()
    {
        // What a project downloads without referring to it (PackageDownload) no lock file knows: it has an exact version instead.
        string[] all = [.. Folders().SelectMany(folder => Directory.EnumerateFiles(RepositoryRoot.Combine(folder), "*.csproj", SearchOption.AllDirectories))];
        string[] projects = [.. all.Where(project => File.ReadAllText(project).Contains("Reference Include", StringComparison.Ordinal))];

        Assert.NotEmpty(projects);
        Assert.All(all.Except(projects), project => Assert.All(
            Downloaded().Matches(File.ReadAllText(project)), download => Assert.Matches(@"Version=""\[[0-9.]+\]""", download.Value)));
        Assert.All(projects, project =>
        {
            using JsonDocument locks = JsonDocument.Parse(File.ReadAllText(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json")));
            Assert.All(
                locks.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(target => target.Value.EnumerateObject()),
                package => Assert.True(
                    package.Value.GetProperty("type").GetString() == "Project" || package.Value.GetProperty("contentHash").GetString()!.Length > 40, $"{project}: {package.Name}"));
        });
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

    private static IEnumerable<string> Folders() => ["src", "tests"];

    private static string[] Workflows()
    {
        string[] workflows = [.. Directory.EnumerateFiles(RepositoryRoot.Combine(".github", "workflows"), "*.yml").Select(File.ReadAllText)];
        Assert.NotEmpty(workflows);
        return workflows;
    }

    [GeneratedRegex(@"<PackageDownload\b.*")]
    private static partial Regex Downloaded();

    [GeneratedRegex(@"^\s*-?\s*uses:\s*(\S+)", RegexOptions.Multiline)]
    private static partial Regex Used();

    /// <summary>The permissions of the whole workflow, which jobs may only widen by name.</summary>
    [GeneratedRegex(@"^permissions:((?: \{\})|(?:\r?\n  .+)+)", RegexOptions.Multiline)]
    private static partial Regex Permissions();
}
