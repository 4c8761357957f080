using System.Collections;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the ids of the account's keys; the tool tip says which key it is.</summary>
public sealed class KeyIdCompleter : Completer
{
    private protected override IEnumerable<(string Value, string ToolTip)> Values(IDictionary boundParameters) =>
        AccountCache.Keys(boundParameters)
            .Where(key => FitsProvider(key, boundParameters))
            .Select(static key => (key.Id, Describe(key)));
}
