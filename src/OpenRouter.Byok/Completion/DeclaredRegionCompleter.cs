using System.Collections;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the data regions that the API documents.</summary>
public sealed class DeclaredRegionCompleter : Completer
{
    private protected override IEnumerable<Candidate> Candidates(IDictionary boundParameters) =>
        KeyFields.DeclaredRegion.KnownValues.Select(static region => new Candidate(region, region)).Append(new Candidate("$null", "No region is declared."));
}
