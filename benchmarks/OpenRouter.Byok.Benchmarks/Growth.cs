using System.Globalization;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>Time and memory of a listing that keeps nothing, in a new process each time.</summary>
internal sealed class Growth(Sandbox sandbox, IReadOnlyList<(string Name, string Key, Func<IWorker> Start)> contestants)
{
    internal async Task<IReadOnlyList<GrowthResult>> RunAsync(IReadOnlyList<int> sizes, int rounds)
    {
        var results = sizes.SelectMany(size => contestants.Select(contestant => new GrowthResult(contestant.Name, contestant.Key, size, [], [], []))).ToList();
        for (int round = 1; round <= rounds; round++)
        {
            foreach (GrowthResult result in results)
            {
                await sandbox.ResetAsync(result.Keys, latency: 0).ConfigureAwait(false);
                IWorker worker = contestants.First(contestant => contestant.Key == result.Key).Start();
                await using (worker.ConfigureAwait(false))
                {
                    Answer answer = await worker.DoAsync(new Order($"stream/{result.Key}", 1, result.Keys, [])).ConfigureAwait(false);
                    if (answer.Count != result.Keys)
                    {
                        throw new InvalidOperationException($"{result.Name} gave {answer.Count} of {result.Keys} keys.");
                    }

                    result.Milliseconds.Add(answer.Milliseconds);
                    result.Bytes.Add(answer.Growth);
                    result.Early.AddRange(answer.Early is { } early ? [early] : []);
                    Console.Error.WriteLine(string.Create(
                        CultureInfo.InvariantCulture, $"growth: {result.Name}, {result.Keys:N0} keys: {answer.Milliseconds:F0} ms, {answer.Growth / 1048576.0:F1} MB"));
                }
            }
        }

        return results;
    }
}
