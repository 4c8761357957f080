namespace OpenRouter.Byok.Client;

/// <summary>A finding with its details.</summary>
/// <param name="Finding">What the look tells.</param>
/// <param name="Evidence">What the administrator must compare; with <see cref="CreateFinding.Doubtful"/> and <see cref="CreateFinding.Contested"/>.</param>
/// <param name="Key">The key that was found.</param>
/// <param name="Alike">Keys with the same values that are equally new, if there are more of them than creates.</param>
/// <param name="Pending">Ends when the look can be judged again; with <see cref="CreateFinding.Undecided"/>.</param>
internal sealed record CreateVerdict(
    CreateFinding Finding, string? Evidence = null, ByokKey? Key = null, IReadOnlyList<ByokKey>? Alike = null, Task? Pending = null);
