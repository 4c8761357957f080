namespace OpenRouter.Byok.Sandbox;

/// <summary>Where in the list order a record is moved.</summary>
public enum ListMove
{
    /// <summary>It stays.</summary>
    None,

    /// <summary>To the start: the key of the request, or the last key of a list.</summary>
    ToStart,

    /// <summary>To the end: the key of the request, or the first key of a list.</summary>
    ToEnd,
}
