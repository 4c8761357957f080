namespace OpenRouter.Byok.Client;

/// <summary>Where a create is on its way.</summary>
internal enum CreateState
{
    /// <summary>Its request is in flight, and the response may still come.</summary>
    Posting,

    /// <summary>Its request failed, and whether the key exists is open.</summary>
    Open,

    /// <summary>It has its key; an earlier attempt may still make a second one.</summary>
    Watching,
}
