namespace OpenRouter.Byok.Sync;

/// <summary>The raw key that a row gives.</summary>
internal interface IDesiredRawKey
{
    /// <summary>Whether a stored label can be the masked form of the raw key; <see langword="null"/> where the label cannot tell.</summary>
    /// <exception cref="ByokApiException">The raw key cannot be read.</exception>
    bool? Fits(string? label);
}
