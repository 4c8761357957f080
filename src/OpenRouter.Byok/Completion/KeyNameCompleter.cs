using System.Collections;
using System.Management.Automation;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the names of the account's keys.</summary>
public sealed class KeyNameCompleter : Completer
{
    private protected override IEnumerable<Candidate> Candidates(IDictionary boundParameters) =>
        AccountCache.Keys(boundParameters)
            .Where(static key => !string.IsNullOrEmpty(key.Name))
            .Where(key => FitsProvider(key, boundParameters))
            .Select(static key => new Candidate(WildcardPattern.Escape(key.Name), Describe(key), key.Name));

    private protected override bool IsCut(IDictionary boundParameters) => AccountCache.IsCut(boundParameters);
}
