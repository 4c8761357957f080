using System.Collections;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the models that the account's keys are restricted to.</summary>
public sealed class AllowedModelsCompleter : Completer
{
    private protected override IEnumerable<Candidate> Candidates(IDictionary boundParameters)
    {
        Found<ByokKey> found = AccountCache.Keys(boundParameters);
        return found.Items
            .SelectMany(static key => key.AllowedModels ?? Enumerable.Empty<string>())
            .Distinct(StringComparer.Ordinal)
            .OrderBy(static model => model, StringComparer.Ordinal)
            .Select(static model => new Candidate(model, model))
            .Concat(More(found.IsCut));
    }
}
