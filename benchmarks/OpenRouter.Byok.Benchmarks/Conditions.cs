namespace OpenRouter.Byok.Benchmarks;

/// <summary>What makes a server hard to work with.</summary>
/// <param name="Title">What the tables call it; empty for nothing.</param>
/// <param name="Faults">Rules of the sandbox's fault plan.</param>
/// <param name="Refused">The share of requests that the faults refuse, between 0 and 1.</param>
/// <param name="RequestsPerSecond">How many requests are admitted a second, after a second's worth at once; 0 means all.</param>
internal sealed record Conditions(string Title, IReadOnlyList<string> Faults, double Refused = 0, int RequestsPerSecond = 0)
{
    internal static Conditions None { get; } = new(string.Empty, []);
}
