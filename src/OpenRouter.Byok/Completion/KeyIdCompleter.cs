using System.Collections;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the ids of the account's keys, found by id or by name.</summary>
public sealed class KeyIdCompleter : Completer
{
    private protected override IEnumerable<Candidate> Candidates(IDictionary boundParameters) =>
        AccountCache.Keys(boundParameters)
            .Where(key => FitsProvider(key, boundParameters))
            .Select(static key => new Candidate(key.Id, Describe(key), key.Name));

    private protected override bool IsCut(IDictionary boundParameters) => AccountCache.IsCut(boundParameters);
}
