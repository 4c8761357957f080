namespace OpenRouter.Byok.Client;

/// <summary>What a page shows about the list and about where to read next.</summary>
internal enum PageState
{
    /// <summary>The page has no record that was read before: the list moved, and the page is read again from an earlier offset.</summary>
    Shifted,

    /// <summary>The page continues what was read before; the list continues after it.</summary>
    Chained,

    /// <summary>The page continues what was read before and is short: the list ends after it, or the server caps pages.</summary>
    Short,

    /// <summary>The list ends with the page.</summary>
    Last,

    /// <summary>The server returns one record for each page, so that pages cannot overlap.</summary>
    Single,
}
