namespace OpenRouter.Byok.Benchmarks;

/// <summary>How one contestant did one piece of work, over the rounds.</summary>
internal sealed record Result(Work Work, Contestant Contestant, IReadOnlyList<double> Milliseconds, IReadOnlyList<string> Outcomes)
{
    internal double Median => Statistics.Median(Milliseconds);

    /// <summary>Whether the whole work was done in every round.</summary>
    internal bool IsDone => Outcomes.All(outcome => outcome == Work.Done);

    /// <summary>What came of it; every outcome where they differ.</summary>
    internal string Outcome => string.Join(", ", Outcomes.Distinct());
}
