using System.Diagnostics;
using OpenRouter.Byok.PinnedPowerShell;

namespace OpenRouter.Byok.Tests;

/// <summary>Runs scripts in a PowerShell of their own, as the Pester tests need it.</summary>
internal static class PesterRunner
{
    private static readonly TimeSpan s_longestRun = TimeSpan.FromMinutes(10);

    /// <summary>Runs PowerShell with these arguments.</summary>
    /// <returns>Its exit code and what it wrote.</returns>
    internal static async Task<(int ExitCode, string Output)> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = PowerShellProgram.StartInfo(["-NoProfile", "-NonInteractive", .. arguments]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;

        // A real account of whoever runs the tests must be out of their reach.
        foreach (string variable in start.Environment.Keys.Where(name => name.StartsWith("OPENROUTER_", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(variable);
        }

        start.Environment["BYOK_SANDBOX_PROGRAM"] = Path.Combine(AppContext.BaseDirectory, "OpenRouter.Byok.Sandbox.dll");
        start.Environment["DOTNET_HOST_PATH"] = PowerShellProgram.DotnetHost;
        start.Environment["NO_COLOR"] = "1";

        // A process of some seconds pays for profiling its code and never earns it.
        start.Environment["DOTNET_TieredPGO"] = "0";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_longestRun);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"PowerShell did not end within {s_longestRun.TotalMinutes:0} minutes: {string.Join(' ', start.ArgumentList)}");
        }

        return (process.ExitCode, await output + await errors);
    }
}
