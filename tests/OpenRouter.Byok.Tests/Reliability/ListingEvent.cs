namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>What can happen while a listing is under way.</summary>
internal enum ListingEvent
{
    /// <summary>Somebody deletes a record.</summary>
    Delete,

    /// <summary>Somebody deletes a record that the listing has given, as a pipeline does.</summary>
    DeleteGiven,

    /// <summary>Somebody creates a record, anywhere in the order.</summary>
    Create,

    /// <summary>The server carries out one of the requests that wait.</summary>
    Read,

    /// <summary>One of the answers arrives.</summary>
    Answer,
}
