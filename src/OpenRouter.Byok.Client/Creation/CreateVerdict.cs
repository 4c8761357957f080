namespace OpenRouter.Byok.Client;

/// <summary>A finding with what goes with it.</summary>
/// <param name="Finding">What the look tells.</param>
/// <param name="Evidence">What speaks for and against, for a person; with <see cref="CreateFinding.Doubtful"/> and <see cref="CreateFinding.Contested"/>.</param>
/// <param name="Key">The key that was found.</param>
/// <param name="Alike">Keys that are as new and look alike, where there are more of them than creates.</param>
/// <param name="Pending">Ends when the look can be judged again; with <see cref="CreateFinding.Undecided"/>.</param>
internal sealed record CreateVerdict(
    CreateFinding Finding, string? Evidence = null, ByokKey? Key = null, IReadOnlyList<ByokKey>? Alike = null, Task? Pending = null);
