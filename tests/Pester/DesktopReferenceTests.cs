using OpenRouter.Byok.Tests.Pester.References;

namespace OpenRouter.Byok.Tests.Pester;

/// <summary>
/// Windows PowerShell 5.1 on .NET Framework 4.7.2 can load the Desktop assemblies only where every type and member that
/// they refer to exists there, in the API of PowerShell 5.1, or in the assemblies beside them.
/// </summary>
public sealed class DesktopReferenceTests(ITestOutputHelper output)
{
    private static string[] Desktop => Directory.GetFiles(Path.Combine(BuiltPaths.Module, "Desktop"), "*.dll", SearchOption.AllDirectories);

    private static IEnumerable<string> WindowsPowerShell =>
        Directory.EnumerateFiles(BuiltPaths.Of("NetFramework"), "*.dll")
            .Concat(Directory.EnumerateFiles(Path.Combine(BuiltPaths.Of("NetFramework"), "Facades"), "*.dll"))
            .Append(BuiltPaths.Of("PowerShellStandard"));

    [Fact]
    public void Every_type_and_member_that_the_Desktop_assemblies_refer_to_exists()
    {
        using var assemblies = new AssemblySet(WindowsPowerShell, Desktop);
        int references = 0;
        Assert.All(Desktop, file =>
        {
            using var assembly = new AssemblyReferences(file);
            references += assembly.Count;
            Assert.Empty(assembly.Unresolved(assemblies));
        });

        output.WriteLine($"{references} references in {Desktop.Length} assemblies.");
        Assert.True(references > 5000, $"Only {references} references were seen.");
    }

    /// <summary>The control: a type, member or overload that .NET Framework lacks is found.</summary>
    [Fact]
    public void What_only_NET_8_has_is_reported_as_missing()
    {
        using var assemblies = new AssemblySet(WindowsPowerShell, Desktop);
        using var assembly = new AssemblyReferences(typeof(DesktopReferenceTests).Assembly.Location);

        string[] missing = [.. assembly.Unresolved(assemblies)];

        Assert.Contains("System.OperatingSystem::IsWindows Default False `0 System.Boolean()", missing);
        Assert.Contains("System.String::EndsWith Default True `0 System.Boolean(System.Char)", missing);
        Assert.DoesNotContain("System.Object::.ctor Default True `0 System.Void()", missing);
    }

    /// <summary>The control: without an assembly beside them, its types are missing.</summary>
    [Fact]
    public void Without_the_assemblies_beside_them_their_types_are_missing()
    {
        using var assemblies = new AssemblySet(WindowsPowerShell, []);
        using var assembly = new AssemblyReferences(Path.Combine(BuiltPaths.Module, "Desktop", "dependencies", "OpenRouter.Byok.Client.dll"));

        Assert.Contains("System.Text.Json.JsonDocument", assembly.Unresolved(assemblies));
    }
}
