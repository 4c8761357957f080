using System.Collections;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the declaration of zero data retention.</summary>
public sealed class DeclaredZdrCompleter : Completer
{
    private protected override IEnumerable<Candidate> Candidates(IDictionary boundParameters) =>
    [
        new("$true", "Zero data retention is declared."),
        new("$false", "Zero data retention is denied."),
        new("$null", "Nothing is declared."),
    ];
}
