namespace OpenRouter.Byok.Benchmarks;

/// <summary>Something that was promised, and what was measured.</summary>
internal sealed record Target(string Promise, string Measured, bool IsMet);
