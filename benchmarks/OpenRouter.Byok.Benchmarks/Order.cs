namespace OpenRouter.Byok.Benchmarks;

/// <summary>One piece of work, as a worker is given it.</summary>
/// <param name="Work">Which, such as <c>rotate/module</c>.</param>
/// <param name="Concurrency">How many requests may be under way at once.</param>
/// <param name="Count">How many keys there are.</param>
/// <param name="Rows">The rows to rotate or create; empty for other work.</param>
internal sealed record Order(string Work, int Concurrency, int Count, IReadOnlyList<Row> Rows);

/// <summary>A key to get, rotate, create or bring to a state; without a raw key where it gets none.</summary>
internal sealed record Row(string? Key, string? Id = null, string? Provider = null, string? Name = null);
