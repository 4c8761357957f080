namespace OpenRouter.Byok.Client;

/// <summary>The state of a create.</summary>
internal enum CreateState
{
    /// <summary>Its request is in flight, and the response may still come.</summary>
    Posting,

    /// <summary>Its request failed, and it is unknown whether the key exists.</summary>
    Open,

    /// <summary>It has its key; an earlier attempt may still make a second one.</summary>
    Watching,
}
