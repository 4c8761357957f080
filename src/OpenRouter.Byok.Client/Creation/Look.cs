namespace OpenRouter.Byok.Client;

/// <summary>What one listing showed to the creates that waited for it.</summary>
internal sealed record Look
{
    /// <summary>The keys that may be new since the first of these creates was sent.</summary>
    internal required IReadOnlyList<ByokKey> Keys { get; init; }

    /// <summary>Why the listing may be incomplete; <see langword="null"/> where it is complete.</summary>
    internal required string? Doubt { get; init; }

    /// <summary>How far the server's clock is ahead of ours; <see langword="null"/> where no response told.</summary>
    internal required TimeSpan? ClockOffset { get; init; }

    /// <summary>The time stamp of its first request.</summary>
    internal required long BeganAt { get; init; }

    /// <summary>Its end among the requests of the account: what was sent later cannot have made what it shows.</summary>
    internal required long Order { get; init; }
}
