using System.Diagnostics;

namespace OpenRouter.Byok.Tests;

/// <summary>Runs Pester files in PowerShells of their own.</summary>
internal static class PesterRunner
{
    private static readonly TimeSpan s_longestRun = TimeSpan.FromMinutes(10);
    private static readonly Lazy<string?> s_whatIsMissing = new(FindWhatIsMissing);

    /// <summary>The program; <see langword="null"/> where it is not on the PATH.</summary>
    internal static string? PowerShell { get; } = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh"))
        .FirstOrDefault(File.Exists);

    /// <summary>Why no Pester test can run; <see langword="null"/> where they can.</summary>
    internal static string? WhatIsMissing => s_whatIsMissing.Value;

    /// <summary>Runs PowerShell with some arguments; what it wrote, and how it ended.</summary>
    internal static async Task<(int ExitCode, string Output)> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(PowerShell!) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments.Prepend("-NonInteractive").Prepend("-NoProfile"))
        {
            start.ArgumentList.Add(argument);
        }

        // A real account of whoever runs the tests must be out of their reach.
        foreach (string variable in start.Environment.Keys.Where(name => name.StartsWith("OPENROUTER_", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(variable);
        }

        start.Environment["BYOK_SANDBOX_PROGRAM"] = Path.Combine(AppContext.BaseDirectory, "OpenRouter.Byok.Sandbox.dll");
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        start.Environment["NO_COLOR"] = "1";

        // A process of some seconds pays for profiling its code and never earns it.
        start.Environment["DOTNET_TieredPGO"] = "0";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> said = process.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> complained = process.StandardError.ReadToEndAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_longestRun);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"PowerShell did not end within {s_longestRun.TotalMinutes:0} minutes: {string.Join(' ', arguments)}");
        }

        return (process.ExitCode, await said.ConfigureAwait(false) + await complained.ConfigureAwait(false));
    }

    private static string? FindWhatIsMissing()
    {
        if (PowerShell is null)
        {
            return "there is no pwsh on the PATH (PowerShell 7.4 or later: https://aka.ms/powershell)";
        }

        const string look = """
            if ($PSVersionTable.PSVersion -lt [version]'7.4') { "PowerShell $($PSVersionTable.PSVersion) is older than 7.4" }
            elseif (-not (Get-Module -ListAvailable Pester | Where-Object Version -GE 5.5)) { 'Pester 5.5 or later is not installed (Install-PSResource Pester)' }
            """;
        try
        {
            (int exitCode, string output) = RunAsync(["-Command", look], CancellationToken.None).GetAwaiter().GetResult();
            return exitCode != 0 ? $"pwsh ended with {exitCode}: {output.Trim()}" : output.Trim() is { Length: > 0 } reason ? reason : null;
        }
        catch (Exception broken) when (broken is System.ComponentModel.Win32Exception or TimeoutException)
        {
            return $"{PowerShell} does not start ({broken.Message})";
        }
    }
}
