using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OpenRouter.Byok.PinnedPowerShell;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>What a new session pays: for the import as a whole process, for the first request by its own clock.</summary>
internal sealed class ColdStart(Sandbox sandbox, string scripts, string module, string emptyModule)
{
    internal async Task<ColdStartResult> RunAsync(int rounds)
    {
        var plain = new List<double>();
        var empty = new List<double>();
        var format = new List<double>();
        var import = new List<double>();
        var first = new List<(double First, double Later)>();
        var rest = new List<(double First, double Later)>();
        var session = new List<double>();
        var restSession = new List<double>();
        await sandbox.ResetAsync(10_000, latency: 0).ConfigureAwait(false);
        for (int round = 0; round <= rounds; round++)
        {
            double[] starts = [await StartAsync("exit").ConfigureAwait(false), await StartAsync(Import(emptyModule)).ConfigureAwait(false), await StartAsync(Import(Path.Combine(emptyModule, "WithFormat.psd1"))).ConfigureAwait(false), await StartAsync(Import(module)).ConfigureAwait(false)];
            (double First, double Later)[] requests = [await FirstAsync("module").ConfigureAwait(false), await FirstAsync("rest").ConfigureAwait(false)];
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"cold start: plain {starts[0]:F0}, empty module {starts[1]:F0}, with a format file {starts[2]:F0}, module {starts[3]:F0} ms; first request {requests[0].First:F0} (later {requests[0].Later:F1}), Invoke-RestMethod {requests[1].First:F0} ({requests[1].Later:F1}) ms"));

            // The first round reads files that the system does not have in memory yet.
            if (round > 0)
            {
                plain.Add(starts[0]);
                empty.Add(starts[1]);
                format.Add(starts[2]);
                import.Add(starts[3]);
                first.Add(requests[0]);
                rest.Add(requests[1]);
            }
        }

        // One page, so that both send one request.
        await sandbox.ResetAsync(50, latency: 0).ConfigureAwait(false);
        const string OneLine = "$null = (Invoke-RestMethod \"$env:OPENROUTER_BASE_URL/byok\" -Headers @{ Authorization = \"Bearer $env:OPENROUTER_MANAGEMENT_KEY\" }).data; exit";
        for (int round = 0; round <= rounds; round++)
        {
            double[] sessions = [await StartAsync(Import(module, "$null = Get-ByokKey; exit")).ConfigureAwait(false), await StartAsync(OneLine).ConfigureAwait(false)];
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"whole session: module {sessions[0]:F0}, Invoke-RestMethod {sessions[1]:F0} ms"));
            if (round > 0)
            {
                session.Add(sessions[0]);
                restSession.Add(sessions[1]);
            }
        }

        return new ColdStartResult(plain, empty, format, import, first, rest, session, restSession);
    }

    private static string Import(string path, string then = "exit") => $"Import-Module '{path.Replace("'", "''", StringComparison.Ordinal)}'; {then}";

    private async Task<double> StartAsync(string command)
    {
        ProcessStartInfo start = PowerShellProgram.StartInfo("-NoProfile", "-NonInteractive", "-Command", command);
        sandbox.Describe(start);
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode == 0
            ? Stopwatch.GetElapsedTime(began).TotalMilliseconds
            : throw new InvalidOperationException($"PowerShell {command} ended with {process.ExitCode}.");
    }

    private async Task<(double First, double Later)> FirstAsync(string with)
    {
        string[] arguments = ["-NoProfile", "-NonInteractive", "-File", Path.Combine(scripts, "first-request.ps1"), "-With", with];
        ProcessStartInfo start = PowerShellProgram.StartInfo(with == "module" ? [.. arguments, "-ModulePath", module] : arguments);
        start.RedirectStandardOutput = true;
        sandbox.Describe(start);
        using Process process = Process.Start(start)!;
        string said = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        JsonElement times = JsonSerializer.Deserialize<JsonElement>(said);
        return (times.GetProperty("first").GetDouble(), times.GetProperty("later").GetDouble());
    }
}
