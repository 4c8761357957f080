namespace OpenRouter.Byok.Benchmarks;

/// <summary>Everything that a run measured; what was left out is empty or null.</summary>
internal sealed record Measurements
{
    internal IReadOnlyList<Result> Results { get; init; } = [];

    internal ColdStartResult? ColdStart { get; init; }

    /// <summary>The same of the other build of the module, if one took part.</summary>
    internal ColdStartResult? ColdStartBefore { get; init; }

    internal IReadOnlyList<ProcessorTimeResult> Processor { get; init; } = [];

    internal IReadOnlyList<GrowthResult> Growth { get; init; } = [];

    /// <summary>The sandbox's requests per second, by work and concurrency.</summary>
    internal IReadOnlyDictionary<(string Work, int Concurrency), double> Ceilings { get; init; } = new Dictionary<(string, int), double>();

    /// <summary>What a piece of work takes at the very least, in milliseconds: its round trips, or the server's own pace where they take no time.</summary>
    internal double? Limit(Work work)
    {
        if (work.Latency > 0 || work.Conditions.RequestsPerSecond > 0)
        {
            return work.RoundTrips;
        }

        return work.Kind switch
        {
            "list" => Ceilings.TryGetValue(("list", work.Concurrency), out double pages) ? 1000 * Work.Pages(work.Keys) / pages : null,
            "delete" => Ceilings.TryGetValue(("rotate", work.Concurrency), out double changes) && Ceilings.TryGetValue(("list", work.Concurrency), out double lists)
                ? (1000 * work.Keys / changes) + (1000 * Work.Pages(work.Keys) / lists)
                : null,
            _ => Ceilings.TryGetValue(("rotate", work.Concurrency), out double requests) ? 1000 * work.Keys / requests : null,
        };
    }

    internal Result? Find(string kind, int latency, int concurrency, string contestant, Conditions? conditions = null) => Results.FirstOrDefault(result =>
        result.Work.Kind == kind && result.Work.Latency == latency && result.Work.Concurrency == concurrency && result.Contestant.Key == contestant
        && result.Work.Conditions == (conditions ?? Conditions.None));
}
