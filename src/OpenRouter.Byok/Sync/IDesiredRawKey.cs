namespace OpenRouter.Byok.Sync;

/// <summary>The raw key of a row.</summary>
internal interface IDesiredRawKey
{
    /// <summary>Whether a stored label can be the masked form of the raw key; <see langword="null"/> if the label does not show it.</summary>
    /// <exception cref="ByokApiException">The raw key cannot be read.</exception>
    bool? Fits(string? label);

    /// <summary>Refuses a raw key that the provider cannot accept, before it is sent.</summary>
    /// <param name="provider">The provider's slug.</param>
    /// <exception cref="ByokApiException">The raw key cannot be read, or has the wrong form.</exception>
    void Check(string? provider);

    /// <summary>How sending the raw key changes the region that is declared for the key; <see langword="null"/> if it does not.</summary>
    /// <param name="provider">The provider's slug.</param>
    /// <param name="region">The region that is declared now.</param>
    KeyDifference? FindRegionChange(string? provider, string? region);
}
