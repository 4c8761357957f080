using System.Collections;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the declaration of zero data retention.</summary>
public sealed class DeclaredZdrCompleter : Completer
{
    private protected override IEnumerable<(string Value, string ToolTip)> Values(IDictionary boundParameters) =>
    [
        ("$true", "Zero data retention is declared."),
        ("$false", "Zero data retention is denied."),
        ("$null", "Nothing is declared."),
    ];
}
