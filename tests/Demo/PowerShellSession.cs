using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Demo;

/// <summary>The session in a real PowerShell, with the module that was just built.</summary>
internal static class PowerShellSession
{
    private const int TooOld = 3;

    /// <summary>Time to read a command before its output comes, where somebody is looking.</summary>
    private const double Pause = 1.2;

    internal static async Task<SessionEnd> PlayAsync(SandboxServer server, DemoFolder folder, CancellationToken stop)
    {
        string here = AppContext.BaseDirectory;
        var start = new ProcessStartInfo("pwsh") { WorkingDirectory = folder.Path };
        foreach (string argument in new[]
        {
            "-NoLogo", "-NoProfile", "-NonInteractive", "-File", Path.Combine(here, "Play.ps1"),
            "-Session", Path.Combine(here, "session.ps1"), "-Pause", (Console.IsOutputRedirected ? 0 : Pause).ToString(CultureInfo.InvariantCulture),
        })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["OPENROUTER_BASE_URL"] = server.BaseUri.ToString();
        start.Environment["OPENROUTER_MANAGEMENT_KEY"] = server.ManagementKey;
        start.Environment.Remove("OPENROUTER_API_KEY");
        start.Environment["PSModulePath"] = Path.Combine(FindRepository(here), "out") + Path.PathSeparator + Environment.GetEnvironmentVariable("PSModulePath");
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            return SessionEnd.NoPowerShell;
        }

        using (process)
        {
            try
            {
                await process.WaitForExitAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            return process.ExitCode switch
            {
                0 => SessionEnd.Played,
                TooOld => SessionEnd.NoPowerShell,
                _ => SessionEnd.Failed,
            };
        }
    }

    private static string FindRepository(string from)
    {
        DirectoryInfo? folder = new(from);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "OpenRouter.Byok.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"There is no OpenRouter.Byok.slnx above {from}.");
    }
}
