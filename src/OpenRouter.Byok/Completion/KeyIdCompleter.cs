using System.Collections;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the ids of the account's keys, found by id or by name.</summary>
public sealed class KeyIdCompleter : Completer
{
    private protected override IEnumerable<Candidate> Candidates(IDictionary boundParameters)
    {
        Found<ByokKey> found = AccountCache.Keys(boundParameters);
        return found.Items
            .Where(key => FitsProvider(key, boundParameters))
            .Select(static key => new Candidate(key.Id, Describe(key), key.Name))
            .Concat(More(found.IsCut));
    }
}
