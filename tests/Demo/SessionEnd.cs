namespace OpenRouter.Byok.Demo;

/// <summary>How a session in PowerShell ended.</summary>
internal enum SessionEnd
{
    /// <summary>It was played to its end.</summary>
    Played,

    /// <summary>It broke off.</summary>
    Failed,

    /// <summary>There is no PowerShell that can play it.</summary>
    NoPowerShell,
}
