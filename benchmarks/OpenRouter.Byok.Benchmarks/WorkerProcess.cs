using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>A worker that takes orders on its standard input, a line of JSON each, and answers on its standard output.</summary>
internal sealed class WorkerProcess : IWorker
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly Process _process;

    internal WorkerProcess(Sandbox sandbox, ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        sandbox.Describe(start);
        _process = Process.Start(start)!;
    }

    public async Task<Answer> DoAsync(Order order)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order, Format)).ConfigureAwait(false);
        string line = await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false)
            ?? throw new InvalidOperationException($"{order.Work}: the worker ended.");
        Answer answer = JsonSerializer.Deserialize<Answer>(line, Format)!;
        return answer.Error is null ? answer : throw new InvalidOperationException($"{order.Work}: {answer.Error}");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
    }
}
