namespace OpenRouter.Byok.Benchmarks;

/// <summary>The processor time that a piece of work took, round by round.</summary>
/// <param name="Contestant">Who did it.</param>
/// <param name="Work">The work.</param>
/// <param name="Microseconds">For one key.</param>
internal sealed record ProcessorTimeResult(Contestant Contestant, Work Work, List<double> Microseconds)
{
    internal double Median => Statistics.Median(Microseconds);
}
