namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>The count that the server reports.</summary>
internal enum ListingCount
{
    /// <summary>How many there are.</summary>
    Right,

    /// <summary>Nothing.</summary>
    None,

    /// <summary>Seven more than there are.</summary>
    TooHigh,

    /// <summary>Seven fewer than there are.</summary>
    TooLow,

    /// <summary>How many there were three requests ago.</summary>
    Lagging,

    /// <summary>Numbers near the end of their range, negative ones too.</summary>
    Absurd,
}
