using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes a parameter from a list of values.</summary>
public abstract class Completer : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string typed = (wordToComplete ?? string.Empty).Trim('\'', '"');
        foreach ((string value, string toolTip) in Values(fakeBoundParameters))
        {
            if (value.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            {
                yield return new CompletionResult(Quote(value), value, CompletionResultType.ParameterValue, toolTip.Length > 0 ? toolTip : value);
            }
        }
    }

    /// <summary>What may stand for the parameter, each with a tool tip.</summary>
    private protected abstract IEnumerable<(string Value, string ToolTip)> Values(IDictionary boundParameters);

    /// <summary>What a key is, for a tool tip.</summary>
    private protected static string Describe(ByokKey key) =>
        $"{key.Name ?? "(no name)"}, {key.Provider}, {key.Label}, {(key.Disabled ? "disabled" : "enabled")}";

    /// <summary>Whether a key is of a provider that the command line names.</summary>
    private protected static bool FitsProvider(ByokKey key, IDictionary boundParameters) =>
        AccountCache.Texts(boundParameters["Provider"]) is not { Length: > 0 } providers || providers.Contains(key.Provider, StringComparer.OrdinalIgnoreCase);

    private static string Quote(string value)
    {
        bool isPlain = value is "$true" or "$false" or "$null" || (value.Length > 0 && value.All(static character => char.IsLetterOrDigit(character) || character is '-' or '_' or '.' or '/'));
        return isPlain ? value : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'";
    }
}
