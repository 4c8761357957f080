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
        foreach (Candidate candidate in Candidates(fakeBoundParameters))
        {
            if (candidate == Candidate.More)
            {
                // Choosing it leaves the line unchanged.
                string unchanged = string.IsNullOrEmpty(wordToComplete) ? " " : wordToComplete!;
                yield return new CompletionResult(unchanged, candidate.Name, CompletionResultType.Text, candidate.ToolTip);
            }
            else if (Fits(candidate.Value) || Fits(candidate.Name))
            {
                string shown = string.IsNullOrEmpty(candidate.Name) ? candidate.Value : candidate.Name!;
                yield return new CompletionResult(Quote(candidate.Value), shown, CompletionResultType.ParameterValue, candidate.ToolTip.Length > 0 ? candidate.ToolTip : shown);
            }
        }

        bool Fits(string? text) => text?.StartsWith(typed, StringComparison.OrdinalIgnoreCase) == true;
    }

    /// <summary>The possible values of the parameter.</summary>
    private protected abstract IEnumerable<Candidate> Candidates(IDictionary boundParameters);

    /// <summary>The end of an incomplete list.</summary>
    private protected static IEnumerable<Candidate> More(bool isCut) => isCut ? [Candidate.More] : [];

    /// <summary>The description of a key, for a tool tip.</summary>
    private protected static string Describe(ByokKey key) =>
        $"{key.Name ?? "(no name)"}, {key.Provider}, {key.Label}, {(key.Disabled ? "disabled" : "enabled")}";

    /// <summary>Whether a key has a provider that is on the command line.</summary>
    private protected static bool FitsProvider(ByokKey key, IDictionary boundParameters) =>
        AccountCache.Texts(boundParameters["Provider"]) is not { Length: > 0 } providers || providers.Contains(key.Provider, StringComparer.OrdinalIgnoreCase);

    private static string Quote(string value)
    {
        bool isPlain = value is "$true" or "$false" or "$null" || (value.Length > 0 && value.All(static character => char.IsLetterOrDigit(character) || character is '-' or '_' or '.' or '/'));
        return isPlain ? value : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'";
    }

    /// <summary>A possible value of a parameter.</summary>
    /// <param name="Value">The text for the line.</param>
    /// <param name="ToolTip">The tool tip.</param>
    /// <param name="Name">The text of the menu, which is also searched; <see langword="null"/>: the value.</param>
    private protected sealed record Candidate(string Value, string ToolTip, string? Name = null)
    {
        /// <summary>The account has more than is offered.</summary>
        internal static Candidate More { get; } = new(string.Empty, "The account has more than could be read in time.", "... and more");
    }
}
