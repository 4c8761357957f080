using System.Reflection;
using System.Runtime.CompilerServices;

namespace OpenRouter.Byok.Tests.Pester;

/// <summary>Paths that the build wrote into this assembly.</summary>
internal static class BuiltPaths
{
    /// <summary>The folder of the built module.</summary>
    internal static string Module { get; } = Of("ModulePath");

    /// <summary>The folder of the Pester files.</summary>
    internal static string PesterFiles { get; } = Of("PesterFiles");

    /// <summary>Processes that start here are too short for the runtime's tiered compilation to pay off.</summary>
    [ModuleInitializer]
    internal static void KeepStartsShort() => Environment.SetEnvironmentVariable("DOTNET_TieredPGO", "0");

    internal static string Of(string key) =>
        typeof(BuiltPaths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!;
}
