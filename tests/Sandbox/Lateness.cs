namespace OpenRouter.Byok.Sandbox;

/// <summary>When an operation takes effect: some time after it was processed, or after some more lists.</summary>
internal sealed record Lateness
{
    /// <summary>By the clock of the server; not counted where <see cref="Lists"/> is set.</summary>
    internal TimeSpan Time { get; init; }

    /// <summary>How many listings do not show the effect yet; null if the clock decides.</summary>
    internal int? Lists { get; init; }

    /// <summary>Whether reads alone are late; otherwise the store is, too.</summary>
    internal bool ReadsOnly { get; init; }
}
