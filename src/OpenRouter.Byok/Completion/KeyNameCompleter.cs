using System.Collections;
using System.Management.Automation;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the names of the account's keys.</summary>
public sealed class KeyNameCompleter : Completer
{
    private protected override IEnumerable<Candidate> Candidates(IDictionary boundParameters)
    {
        Found<ByokKey> found = AccountCache.Keys(boundParameters);
        return found.Items
            .Where(static key => !string.IsNullOrEmpty(key.Name))
            .Where(key => FitsProvider(key, boundParameters))
            .Select(static key => new Candidate(WildcardPattern.Escape(key.Name), Describe(key), key.Name))
            .Concat(More(found.IsCut));
    }
}
