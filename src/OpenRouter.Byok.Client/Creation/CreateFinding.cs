namespace OpenRouter.Byok.Client;

/// <summary>What a look shows for one create.</summary>
internal enum CreateFinding
{
    /// <summary>The list shows nothing that could be the key.</summary>
    Absent,

    /// <summary>The list shows a key that matches only in part, or it could not be read to its end.</summary>
    Doubtful,

    /// <summary>The list shows a key that may equally belong to another create.</summary>
    Contested,

    /// <summary>The list shows a key that may belong to a create whose response is pending.</summary>
    Undecided,

    /// <summary>The key was found and belongs to the create from now on.</summary>
    Found,
}
