using System.Collections;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the data regions that the API documents.</summary>
public sealed class DeclaredRegionCompleter : Completer
{
    private protected override IEnumerable<(string Value, string ToolTip)> Values(IDictionary boundParameters) =>
        KeyFields.DeclaredRegion.KnownValues.Select(static region => (region, region)).Append(("$null", "No region is declared."));
}
