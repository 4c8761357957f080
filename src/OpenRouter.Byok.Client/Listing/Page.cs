namespace OpenRouter.Byok.Client;

/// <summary>One page of a listing.</summary>
/// <param name="Items">The records, in the server's order.</param>
/// <param name="TotalCount">How many records the server counts; <see langword="null"/> if it does not say.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, long? TotalCount);
