namespace OpenRouter.Byok.Benchmarks;

/// <summary>What listing so many keys took, round by round.</summary>
/// <param name="Name">Who listed.</param>
/// <param name="Key">The same as workers call it.</param>
/// <param name="Keys">How many keys.</param>
/// <param name="Milliseconds">The times.</param>
/// <param name="Early">After how many milliseconds the 10,000th key was there, where there were as many.</param>
/// <param name="Bytes">By how much the process grew after the first page.</param>
internal sealed record GrowthResult(string Name, string Key, int Keys, List<double> Milliseconds, List<double> Early, List<double> Bytes)
{
    /// <summary>The key that parts the early ones from the late ones.</summary>
    internal const int EarlyKeys = 10_000;

    /// <summary>Milliseconds for one of the late keys over those for one of the early, within each listing; for a listing that has both.</summary>
    internal double LateOverEarly => Statistics.Median(
        Milliseconds.Zip(Early, (all, early) => (all - early) / (Keys - EarlyKeys) / (early / EarlyKeys)));
}
