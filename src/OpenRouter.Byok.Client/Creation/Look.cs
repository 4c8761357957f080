namespace OpenRouter.Byok.Client;

/// <summary>The result of one listing for the creates that waited for it.</summary>
internal sealed record Look
{
    /// <summary>The keys that may be new since the first of these creates was sent.</summary>
    internal required IReadOnlyList<ByokKey> Keys { get; init; }

    /// <summary>Why the listing may be incomplete; <see langword="null"/> if it is complete.</summary>
    internal required string? Doubt { get; init; }

    /// <summary>How far the server's clock is ahead of ours; <see langword="null"/> if no response had a <c>Date</c>.</summary>
    internal required TimeSpan? ClockOffset { get; init; }

    /// <summary>The time stamp of its first request.</summary>
    internal required long BeganAt { get; init; }

    /// <summary>Its end in the order of the account's requests: a request that was sent later cannot have created a key that it shows.</summary>
    internal required long Order { get; init; }
}
