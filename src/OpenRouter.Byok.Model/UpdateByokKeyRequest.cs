using System.Security;

namespace OpenRouter.Byok;

/// <summary>The changes to a key. A missing field is unchanged.</summary>
public sealed record UpdateByokKeyRequest
{
    /// <summary>The new raw key (<c>key</c>), which rotates the key in place; <see langword="null"/> leaves the raw key unchanged. The caller disposes it.</summary>
    public SecureString? Key { get; init; }

    /// <summary>The provider's slug, for the check of <see cref="Key"/> before it is sent; <see langword="null"/> if it is unknown. It is not sent.</summary>
    public string? Provider { get; init; }

    /// <summary>The name of the key in messages; <see langword="null"/>: its id. It is not sent.</summary>
    public string? KeyName { get; init; }

    /// <summary>The settings that change.</summary>
    public ByokKeySettings Settings { get; init; } = new();

    /// <summary>Whether there is nothing to send.</summary>
    public bool IsEmpty => Key is null && Settings.IsEmpty;
}
