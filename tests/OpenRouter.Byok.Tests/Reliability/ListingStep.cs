namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>Something that happens while a listing is under way.</summary>
/// <param name="Event">What.</param>
/// <param name="Place">Where, in hundredths of the list or of the requests that wait.</param>
internal sealed record ListingStep(ListingEvent Event, int Place)
{
    public override string ToString() => $"{Event}@{Place}";
}
