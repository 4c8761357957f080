namespace OpenRouter.Byok.Session;

/// <summary>Where the connection of a command comes from.</summary>
public enum ConnectionSource
{
    /// <summary>Connect-Byok in this runspace.</summary>
    Runspace,

    /// <summary>Connect-Byok in the runspace that loaded the module first: the session.</summary>
    Session,

    /// <summary>Environment variables.</summary>
    Environment,
}
