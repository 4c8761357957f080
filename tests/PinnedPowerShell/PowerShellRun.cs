using System.Diagnostics;

namespace OpenRouter.Byok.PinnedPowerShell;

/// <summary>The result of a PowerShell that has ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to the standard output, and then what it wrote to the standard error.</param>
public sealed record PowerShellRun(int ExitCode, string Output)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(10);

    /// <summary>Runs PowerShell with these arguments, without a profile and without prompts.</summary>
    /// <param name="arguments">The arguments after <c>-NoProfile -NonInteractive</c>.</param>
    /// <param name="environment">Further environment variables; <see langword="null"/> removes one.</param>
    /// <param name="cancellationToken">Ends PowerShell and all its child processes.</param>
    /// <exception cref="TimeoutException">It did not end within ten minutes.</exception>
    public static async Task<PowerShellRun> StartAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, CancellationToken cancellationToken = default)
    {
        ProcessStartInfo start = PowerShellProgram.StartInfo(["-NoProfile", "-NonInteractive", .. arguments]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;

        // A real account of the user must not be used.
        foreach (string variable in start.Environment.Keys.Where(name => name.StartsWith("OPENROUTER_", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(variable);
        }

        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        start.Environment["NO_COLOR"] = "1";

        // For a process of a few seconds, tiered compilation costs more time than it saves.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_longest);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"PowerShell did not end within {s_longest.TotalMinutes:0} minutes: {string.Join(' ', start.ArgumentList)}");
        }

        return new PowerShellRun(process.ExitCode, await output.ConfigureAwait(false) + await errors.ConfigureAwait(false));
    }
}
