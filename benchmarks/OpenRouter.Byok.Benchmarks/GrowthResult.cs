namespace OpenRouter.Byok.Benchmarks;

/// <summary>What listing so many keys took, round by round.</summary>
/// <param name="Name">Who listed.</param>
/// <param name="Key">The same as workers call it.</param>
/// <param name="Keys">How many keys.</param>
/// <param name="Milliseconds">The times.</param>
/// <param name="Bytes">By how much the process grew after the first page.</param>
internal sealed record GrowthResult(string Name, string Key, int Keys, List<double> Milliseconds, List<double> Bytes);
