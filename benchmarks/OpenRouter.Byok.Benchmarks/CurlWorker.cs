using System.Diagnostics;
using System.Globalization;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>A shell script with curl in a loop. It starts anew each time, as such scripts do.</summary>
internal sealed class CurlWorker(Sandbox sandbox, string script) : IWorker
{
    public async Task<Answer> DoAsync(Order order)
    {
        string work = order.Work.Split('/')[0];
        var start = new ProcessStartInfo("bash", [script, work, order.Count.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardInput = true };
        sandbox.Describe(start);
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        foreach (Row row in order.Rows)
        {
            await process.StandardInput.WriteLineAsync(row.Id is null ? $"{row.Provider} {row.Name} {row.Key}" : $"{row.Id} {row.Key}").ConfigureAwait(false);
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode == 0
            ? new Answer(Stopwatch.GetElapsedTime(began).TotalMilliseconds, order.Count)
            : throw new InvalidOperationException($"{order.Work}: curl ended with {process.ExitCode}.");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
