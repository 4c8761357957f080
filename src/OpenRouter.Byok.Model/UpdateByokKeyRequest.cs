using System.Security;

namespace OpenRouter.Byok;

/// <summary>What changes in a key. What is left out stays as it is.</summary>
public sealed record UpdateByokKeyRequest
{
    /// <summary>The new raw key (<c>key</c>), which rotates the key in place; <see langword="null"/> leaves the raw key as it is. The caller disposes it.</summary>
    public SecureString? Key { get; init; }

    /// <summary>The provider's slug, by which <see cref="Key"/> is checked before it is sent; <see langword="null"/> where it is unknown. It is not sent.</summary>
    public string? Provider { get; init; }

    /// <summary>What messages call the key; <see langword="null"/>: its id. It is not sent.</summary>
    public string? KeyName { get; init; }

    /// <summary>The settings that change.</summary>
    public ByokKeySettings Settings { get; init; } = new();

    /// <summary>Whether there is nothing to send.</summary>
    public bool IsEmpty => Key is null && Settings.IsEmpty;
}
