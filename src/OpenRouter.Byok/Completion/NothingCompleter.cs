using System.Collections;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes nothing: for values that only the user knows, where the engine would offer file names.</summary>
public sealed class NothingCompleter : Completer
{
    private protected override IEnumerable<Candidate> Candidates(IDictionary boundParameters) => [];
}
