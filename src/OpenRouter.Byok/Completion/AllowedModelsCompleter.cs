using System.Collections;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the models that the account's keys are restricted to.</summary>
public sealed class AllowedModelsCompleter : Completer
{
    private protected override IEnumerable<(string Value, string ToolTip)> Values(IDictionary boundParameters) =>
        AccountCache.Keys(boundParameters)
            .SelectMany(static key => key.AllowedModels ?? Enumerable.Empty<string>())
            .Distinct(StringComparer.Ordinal)
            .OrderBy(static model => model, StringComparer.Ordinal)
            .Select(static model => (model, model));
}
