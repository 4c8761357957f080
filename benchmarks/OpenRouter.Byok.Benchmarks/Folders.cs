using System.Reflection;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>Where things are, as the build told.</summary>
internal static class Folders
{
    internal static string Benchmarks { get; } = Path.Combine(Told("RepositoryRoot"), "benchmarks");

    internal static string Node => Path.Combine(Benchmarks, "node");

    internal static string PowerShell => Path.Combine(Benchmarks, "powershell");

    internal static string Module => Path.Combine(Told("RepositoryRoot"), "out", "OpenRouter.Byok");

    internal static string EmptyModule => Path.Combine(Told("RepositoryRoot"), "out", "EmptyModule");

    internal static string Sandbox => Told("Sandbox");

    private static string Told(string key) => typeof(Folders).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(told => told.Key == key).Value!;
}
