using System.Diagnostics;
using System.Reflection;

namespace OpenRouter.Byok.PinnedPowerShell;

/// <summary>
/// The PowerShell that the tests, the demo and the benchmarks run: the pinned one that the build restored, or the one that
/// the environment variable <c>BYOK_PWSH</c> names. Nothing is looked up on the PATH.
/// </summary>
public static class PowerShellProgram
{
    /// <summary>The environment variable that names another PowerShell: the path of an executable or of a <c>pwsh.dll</c>.</summary>
    public const string Variable = "BYOK_PWSH";

    /// <summary>The manifest of the pinned Pester.</summary>
    public static string PesterManifest { get; } = Metadata("Pester");

    /// <summary>The program of the .NET SDK that built this assembly.</summary>
    public static string DotnetHost { get; } = Metadata("DotnetHost");

    private static string Path { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } other ? other : Metadata("PowerShell");

    /// <summary>How PowerShell is started with these arguments.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static ProcessStartInfo StartInfo(params IEnumerable<string> arguments)
    {
        if (!File.Exists(Path))
        {
            throw new FileNotFoundException($"There is no PowerShell at {Path}. Restore the packages, or correct {Variable}.", Path);
        }

        ProcessStartInfo start = Path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
            ? new(DotnetHost, [Path, .. arguments])
            : new(Path, arguments);
        start.UseShellExecute = false;
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        return start;
    }

    private static string Metadata(string key) =>
        typeof(PowerShellProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!;
}
