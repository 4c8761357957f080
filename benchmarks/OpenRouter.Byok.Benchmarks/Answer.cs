namespace OpenRouter.Byok.Benchmarks;

/// <summary>What a worker has to say of a piece of work.</summary>
/// <param name="Milliseconds">How long it took, without the start of the process.</param>
/// <param name="Count">How many keys it thinks it dealt with.</param>
/// <param name="Growth">By how many bytes the process grew after the first page, where it was measured.</param>
/// <param name="Early">After how many milliseconds the 10,000th key was there; <see langword="null"/> where there were fewer.</param>
/// <param name="Processor">How many milliseconds of processor time it took, where it was measured.</param>
/// <param name="Error">What went wrong; <see langword="null"/> for nothing.</param>
internal sealed record Answer(double Milliseconds, int Count, long Growth = 0, double? Early = null, double Processor = 0, string? Error = null);
