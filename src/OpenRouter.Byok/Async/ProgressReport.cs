namespace OpenRouter.Byok.Async;

/// <summary>How far a command is.</summary>
/// <param name="Activity">What the command does.</param>
/// <param name="Status">How far it is, in words.</param>
/// <param name="PercentComplete">0 to 100; -1 where the total is not known.</param>
/// <param name="SecondsRemaining">The time left; -1 where it is not known.</param>
/// <param name="IsCompleted">Whether the display can go.</param>
internal sealed record ProgressReport(string Activity, string Status, int PercentComplete, int SecondsRemaining, bool IsCompleted);
