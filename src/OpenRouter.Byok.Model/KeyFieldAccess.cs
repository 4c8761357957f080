namespace OpenRouter.Byok;

/// <summary>When the value of a field can be sent.</summary>
public enum KeyFieldAccess
{
    /// <summary>Never: the API alone sets it.</summary>
    ReadOnly,

    /// <summary>When a key is created, and not later.</summary>
    CreateOnly,

    /// <summary>When a key is created or updated.</summary>
    CreateAndUpdate,
}
