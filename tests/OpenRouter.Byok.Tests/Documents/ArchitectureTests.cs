using System.Text.RegularExpressions;

namespace OpenRouter.Byok.Tests.Documents;

/// <summary>The documents for those who change the module name files that exist.</summary>
public sealed partial class ArchitectureTests
{
    [Theory]
    [InlineData("docs/ARCHITECTURE.md", 30)]
    [InlineData("CONTRIBUTING.md", 5)]
    public void Every_file_and_folder_that_is_named_exists(string document, int atLeast)
    {
        string[] paths = [.. Paths().Matches(File.ReadAllText(RepositoryRoot.Combine(document))).Select(match => match.Groups[1].Value).Distinct()];

        Assert.True(paths.Length >= atLeast, $"Only {paths.Length} paths are found.");
        Assert.DoesNotContain(paths, path => !Path.Exists(RepositoryRoot.Combine(path)) && !Path.Exists(RepositoryRoot.Combine(Folder(path), path)));
    }

    [Fact]
    public void Every_folder_of_the_source_is_in_the_picture()
    {
        string text = File.ReadAllText(RepositoryRoot.Combine("docs", "ARCHITECTURE.md"));
        string[] folders = [.. Directory.GetDirectories(RepositoryRoot.Combine("src"))
            .SelectMany(Directory.GetDirectories)
            .Select(folder => Path.GetFileName(folder)!)
            .Where(name => name is not ("bin" or "obj"))];

        Assert.NotEmpty(folders);
        Assert.DoesNotContain(folders, name => !text.Contains($"     {name}/ ", StringComparison.Ordinal));
    }

    /// <summary>Where a file that is named without its folder must be.</summary>
    private static string Folder(string name) =>
        name.EndsWith("Attribute.cs", StringComparison.Ordinal) ? "src/OpenRouter.Byok/Binding" : "src/OpenRouter.Byok/Cmdlets";

    [GeneratedRegex(@"`((?:[\w.-]+/)+|(?:[\w.-]+/)*[\w.-]+\.(?:cs|ps1|psd1|ps1xml|md|json|props|txt|yml|xml))`")]
    private static partial Regex Paths();
}
