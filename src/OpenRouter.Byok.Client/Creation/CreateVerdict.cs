namespace OpenRouter.Byok.Client;

/// <summary>What a look tells of one create.</summary>
internal enum CreateFinding
{
    /// <summary>The list shows nothing that could be the key.</summary>
    Absent,

    /// <summary>The list shows a key that is nearly the one, or it could not be read to its end.</summary>
    Doubtful,

    /// <summary>The list shows a key that is as likely another create's.</summary>
    Contested,

    /// <summary>The list shows a key that may belong to a create whose response is still to come.</summary>
    Undecided,

    /// <summary>The key was found and belongs to the create from now on.</summary>
    Found,
}

/// <summary>A finding with what goes with it.</summary>
/// <param name="Finding">What the look tells.</param>
/// <param name="Evidence">What speaks for and against, for a person; with <see cref="CreateFinding.Doubtful"/> and <see cref="CreateFinding.Contested"/>.</param>
/// <param name="Key">The key that was found.</param>
/// <param name="Alike">Keys that are as new and look alike, where there are more of them than creates.</param>
/// <param name="Pending">Ends when the look can be judged again; with <see cref="CreateFinding.Undecided"/>.</param>
internal sealed record CreateVerdict(
    CreateFinding Finding, string? Evidence = null, ByokKey? Key = null, IReadOnlyList<ByokKey>? Alike = null, Task? Pending = null);
