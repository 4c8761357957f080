namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>Something that happens while a listing runs.</summary>
/// <param name="Event">What.</param>
/// <param name="Place">Where, in hundredths of the list or of the requests in flight.</param>
/// <param name="To">Where to, for a move.</param>
internal sealed record ListingStep(ListingEvent Event, int Place, int To = 0)
{
    public override string ToString() => Event == ListingEvent.Move ? $"{Event}@{Place}-{To}" : $"{Event}@{Place}";
}
