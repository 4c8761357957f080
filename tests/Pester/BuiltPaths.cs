using System.Reflection;
using System.Runtime.CompilerServices;

namespace OpenRouter.Byok.Tests.Pester;

/// <summary>Where things are, as the build wrote into this assembly.</summary>
internal static class BuiltPaths
{
    /// <summary>The folder of the module that the build laid out.</summary>
    internal static string Module { get; } = Of("ModulePath");

    /// <summary>The folder of the Pester files.</summary>
    internal static string PesterFiles { get; } = Of("PesterFiles");

    /// <summary>What starts from here ends before the profiles that the runtime collects for a second compilation pay off.</summary>
    [ModuleInitializer]
    internal static void KeepStartsShort() => Environment.SetEnvironmentVariable("DOTNET_TieredPGO", "0");

    internal static string Of(string key) =>
        typeof(BuiltPaths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!;
}
