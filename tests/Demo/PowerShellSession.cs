using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using OpenRouter.Byok.PinnedPowerShell;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Demo;

/// <summary>The session in a real PowerShell, with the module that was just built.</summary>
internal static class PowerShellSession
{
    /// <summary>Time to read a command before its output, if somebody is watching.</summary>
    private const double Pause = 1.2;

    /// <summary>Plays the session to its end.</summary>
    /// <returns>The exit code of PowerShell.</returns>
    internal static async Task<int> PlayAsync(SandboxServer server, DemoFolder folder, CancellationToken stop)
    {
        string here = AppContext.BaseDirectory;
        ProcessStartInfo start = PowerShellProgram.StartInfo(
            "-NoLogo", "-NoProfile", "-NonInteractive", "-File", Path.Combine(here, "Play.ps1"),
            "-Session", Path.Combine(here, "session.ps1"), "-Pause", (Console.IsOutputRedirected ? 0 : Pause).ToString(CultureInfo.InvariantCulture));
        start.WorkingDirectory = folder.Path;
        start.Environment["OPENROUTER_BASE_URL"] = server.BaseUri.ToString();
        start.Environment["OPENROUTER_MANAGEMENT_KEY"] = server.ManagementKey;
        start.Environment.Remove("OPENROUTER_API_KEY");
        start.Environment["PSModulePath"] = ModuleFolder + Path.PathSeparator + Environment.GetEnvironmentVariable("PSModulePath");
        using Process process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return process.ExitCode;
    }

    /// <summary>The parent folder of the module, from the build.</summary>
    private static string ModuleFolder =>
        Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(typeof(PowerShellSession).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "ModulePath").Value!))!;
}
