using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>What the sandbox itself can do, told by wrk where that is installed.</summary>
internal sealed partial class LoadGenerator(Sandbox sandbox, string folder)
{
    /// <summary>Requests per second; <see langword="null"/> without wrk.</summary>
    /// <param name="work">list (a page of 100) or rotate (one PATCH).</param>
    /// <param name="concurrency">How many connections.</param>
    internal async Task<double?> CeilingAsync(string work, int concurrency)
    {
        await sandbox.ResetAsync(10_000, latency: 0).ConfigureAwait(false);
        string id = (await sandbox.KeysAsync().ConfigureAwait(false))[0].Id;
        string[] what = work == "list"
            ? [$"{sandbox.Address}/byok?offset=5000&limit=100"]
            : ["-s", Path.Combine(folder, "patch.lua"), $"{sandbox.Address}/byok/{id}"];
        try
        {
            var start = new ProcessStartInfo(
                "wrk", ["-t", "1", "-c", concurrency.ToString(CultureInfo.InvariantCulture), "-d", "3s", "-H", Sandbox.Authorization, .. what])
            {
                RedirectStandardOutput = true,
            };
            using Process process = Process.Start(start)!;
            string said = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
            await process.WaitForExitAsync().ConfigureAwait(false);
            return !said.Contains("Non-2xx", StringComparison.Ordinal) && Rate().Match(said) is { Success: true } rate
                ? double.Parse(rate.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
                : throw new InvalidOperationException($"wrk said: {said}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex Rate();
}
