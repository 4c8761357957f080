using System.Globalization;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>The processor time of warm sessions: for a key of a listing that nothing is done with, and for a rotation.</summary>
internal sealed class ProcessorTime(Sandbox sandbox, IReadOnlyList<Contestant> contestants)
{
    /// <summary>The runtime compiles the busiest methods again, in steps, during the first million keys.</summary>
    private const int WarmUps = 100;

    /// <summary>A round takes a tenth of a second of processor time, which is counted in steps of 10 ms.</summary>
    private const int Repeats = 10;

    internal async Task<IReadOnlyList<ProcessorTimeResult>> RunAsync(int listed, int rotated, int rounds)
    {
        Work[] works = [new("pass", listed, 0, Targets.ListConcurrency), new("rotate", rotated, 0, 16)];
        List<ProcessorTimeResult> results = [.. works.SelectMany(work => contestants.Select(contestant => new ProcessorTimeResult(contestant, work, [])))];
        for (int round = 1 - WarmUps; round <= Repeats * rounds; round++)
        {
            foreach (ProcessorTimeResult result in results)
            {
                await sandbox.ResetAsync(result.Work.Keys, latency: 0).ConfigureAwait(false);
                Order order = result.Work.OrderFor(result.Contestant.Key, round + WarmUps, result.Work.NeedsKeys ? await sandbox.KeysAsync().ConfigureAwait(false) : []);
                Answer answer = await result.Contestant.Worker.DoAsync(order).ConfigureAwait(false);
                double each = 1000 * answer.Processor / result.Work.Keys;
                if (round > 0)
                {
                    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"processor: {result.Contestant.Name}, {result.Work.Title}: {each:F1} us each"));
                    result.Microseconds.Add(each);
                }
            }
        }

        return results;
    }
}
