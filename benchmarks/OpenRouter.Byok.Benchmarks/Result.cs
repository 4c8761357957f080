namespace OpenRouter.Byok.Benchmarks;

/// <summary>How one contestant did one piece of work, over the rounds.</summary>
internal sealed record Result(Work Work, Contestant Contestant, IReadOnlyList<double> Milliseconds, IReadOnlyList<string> Outcomes)
{
    internal double Median => Statistics.Median(Milliseconds);

    /// <summary>What came of it; every outcome where they differ.</summary>
    internal string Outcome => string.Join(", ", Outcomes.Distinct());
}
