namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>What can happen while a listing runs.</summary>
internal enum ListingEvent
{
    /// <summary>Somebody deletes a record.</summary>
    Delete,

    /// <summary>Somebody deletes a record that the listing returned, as a pipeline does.</summary>
    DeleteGiven,

    /// <summary>Somebody creates a record, anywhere in the order.</summary>
    Create,

    /// <summary>The server processes one of the requests in flight.</summary>
    Read,

    /// <summary>One of the responses arrives.</summary>
    Respond,

    /// <summary>Somebody changes a record, and the server moves it to another place.</summary>
    Move,

    /// <summary>Somebody changes a record that the listing returned, as a pipeline does, and the server moves it to the end.</summary>
    MoveGivenToEnd,
}
