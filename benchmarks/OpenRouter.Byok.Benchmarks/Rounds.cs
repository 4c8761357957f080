using System.Globalization;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>Has the contestants do a piece of work in turn, A B A B, and looks at what the server holds afterwards.</summary>
internal sealed class Rounds(Sandbox sandbox, IReadOnlyList<Contestant> contestants, int count)
{
    internal async Task<IReadOnlyList<Result>> RunAsync(Work work)
    {
        Contestant[] taking = [.. work.Contestants.Select(key => contestants.FirstOrDefault(contestant => contestant.Key == key)).OfType<Contestant>()];
        var times = taking.ToDictionary(contestant => contestant, _ => new List<double>());
        var outcomes = taking.ToDictionary(contestant => contestant, _ => new List<string>());

        // Round 0 warms everybody up, with less work where the server is slow, and does not count.
        Work warmUp = work with { Latency = 0, Keys = Math.Min(work.Keys, 500), Conditions = Conditions.None };
        foreach (Contestant contestant in taking)
        {
            await OnceAsync(warmUp, contestant, round: 0).ConfigureAwait(false);
        }

        for (int round = 1; round <= Math.Min(count, work.MostRounds); round++)
        {
            foreach (Contestant contestant in taking)
            {
                (double time, string outcome) = await OnceAsync(work, contestant, round).ConfigureAwait(false);
                times[contestant].Add(time);
                outcomes[contestant].Add(outcome);
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{work.Title}: {contestant.Name}: {time:F0} ms, {outcome}"));
            }
        }

        return [.. taking.Select(contestant => new Result(work, contestant, times[contestant], outcomes[contestant]))];
    }

    private async Task<(double Milliseconds, string Outcome)> OnceAsync(Work work, Contestant contestant, int round)
    {
        await sandbox.ResetAsync(work.Seed, work.Latency, work.Conditions).ConfigureAwait(false);
        Order order = work.OrderFor(contestant.Key, round, work.NeedsKeys ? await sandbox.KeysAsync().ConfigureAwait(false) : []);
        Answer answer = await contestant.Worker.DoAsync(order).ConfigureAwait(false);
        return (answer.Milliseconds, await LookAsync(work, order, answer).ConfigureAwait(false));
    }

    private async Task<string> LookAsync(Work work, Order order, Answer answer)
    {
        if (work.Kind is "list" or "get")
        {
            return string.Create(CultureInfo.InvariantCulture, $"{answer.Count:N0} keys");
        }

        if (work.Kind == "delete")
        {
            int left = await sandbox.CountAsync().ConfigureAwait(false);
            return string.Create(CultureInfo.InvariantCulture, $"{left:N0} left behind");
        }

        IReadOnlyList<(string Id, string? Name, string? Key)> stored = await sandbox.KeysAsync().ConfigureAwait(false);
        if (work.Kind == "sync")
        {
            int asListed = stored.Join(order.Rows, key => key.Id, row => row.Id, (key, row) => key.Name == row.Name).Count(same => same);
            return string.Create(CultureInfo.InvariantCulture, $"{asListed:N0} as listed");
        }

        int right = work.Kind == "rotate"
            ? stored.Join(order.Rows, key => key.Id, row => row.Id, (key, row) => key.Key == row.Key).Count(same => same)
            : stored.Select(key => key.Key).Intersect(order.Rows.Select(row => row.Key)).Count();
        string surplus = work.Kind == "create" && stored.Count != right
            ? string.Create(CultureInfo.InvariantCulture, $", {stored.Count - right} too many")
            : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"{right:N0} {work.Kind}d{surplus}");
    }
}
