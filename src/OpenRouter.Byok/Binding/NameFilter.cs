using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>Names to find: literal names, each of which must match, and patterns with wildcards.</summary>
internal sealed class NameFilter
{
    private readonly string[] _texts;
    private readonly WildcardPattern[] _patterns;
    private readonly HashSet<string> _unmatched;

    /// <summary>Reads the values of a parameter.</summary>
    /// <param name="parameter">The parameter, for messages.</param>
    /// <param name="texts">Literal names and patterns.</param>
    /// <exception cref="ByokApiException">A pattern is malformed.</exception>
    internal NameFilter(string parameter, IEnumerable<string> texts)
    {
        _texts = texts.ToArray();
        _patterns = Array.ConvertAll(_texts, text => Parse(parameter, text));
        _unmatched = new HashSet<string>(_texts.Where(IsLiteral).Select(WildcardPattern.Unescape), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The literal names that matched nothing so far.</summary>
    internal IReadOnlyCollection<string> Unmatched => _unmatched;

    /// <summary>Whether a text has no wildcards.</summary>
    internal static bool IsLiteral(string text) => !WildcardPattern.ContainsWildcardCharacters(text);

    /// <summary>Whether a name is looked for.</summary>
    internal bool IsMatch(string? name)
    {
        name ??= string.Empty;
        _unmatched.Remove(name);

        // A name may itself look like a pattern: '[prod] search'.
        return Array.Exists(_patterns, pattern => pattern.IsMatch(name)) || Array.Exists(_texts, text => text.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private static WildcardPattern Parse(string parameter, string text)
    {
        try
        {
            var pattern = WildcardPattern.Get(text, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
            _ = pattern.IsMatch(string.Empty);
            return pattern;
        }
        catch (WildcardPatternException)
        {
            throw ErrorRecords.BadInput(
                $"-{parameter}: '{ShownText.Quote(text)}' is not a valid pattern.",
                "Put a backtick before a bracket that belongs to the name, or use [WildcardPattern]::Escape().");
        }
    }
}
