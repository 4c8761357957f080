using System.Globalization;
using System.Text;

namespace OpenRouter.Byok;

/// <summary>Makes text from outside safe to show: it cannot control a terminal.</summary>
internal static class ShownText
{
    /// <summary>Long enough to recognise a value, too short to reveal a key that was given by mistake.</summary>
    private const int ShortLength = 6;

    /// <summary>The beginning of a text that may be a key given by mistake.</summary>
    internal static string Shorten(string text) =>
        MakeVisible(text.Length > ShortLength ? text.Substring(0, ShortLength) + "…" : text);

    /// <summary>A name as messages show it: if it looks like a raw key, only the beginning.</summary>
    internal static string Quote(string name) => IsLikeRawKey(name) ? Shorten(name) : MakeVisible(name);

    /// <summary>The text with a visible character for each control character and each character that changes the text direction.</summary>
    internal static string MakeVisible(string text)
    {
        // Nearly all text is plain ASCII.
        int first = 0;
        while (first < text.Length && (text[first] is >= ' ' and <= '~' || ToVisible(text[first]) == text[first]))
        {
            first++;
        }

        if (first == text.Length)
        {
            return text;
        }

        char[] visible = text.ToCharArray();
        for (int at = first; at < visible.Length; at++)
        {
            visible[at] = ToVisible(visible[at]);
        }

        return new string(visible);
    }

    /// <summary>The visible text, with the number of each character without width, so that two names that look the same can be distinguished.</summary>
    internal static string MarkInvisible(string text)
    {
        text = MakeVisible(text);
        if (text.All(static character => character <= '~'))
        {
            return text;
        }

        var marked = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            bool isInvisible = text[at] is '\u00AD' or '\u034F' or '\u115F' or '\u1160' or '\u17B4' or '\u17B5' or '\u180E' or '\u200B' or (>= '\u2060' and <= '\u2064') or '\u3164' or '\uFEFF' or '\uFFA0'
                || (text[at] is >= '\u200C' and <= '\u200F' && IsPlain(text, at - 1) && IsPlain(text, at + 1));
            marked = isInvisible ? marked.AppendFormat(CultureInfo.InvariantCulture, "<U+{0:X4}>", (int)text[at]) : marked.Append(text[at]);
        }

        return marked.ToString();
    }

    /// <summary>Whether the neighbour needs no joiner and no direction mark: these join emoji and order letters of other scripts.</summary>
    private static bool IsPlain(string text, int at) => at < 0 || at >= text.Length || text[at] <= '~';

    /// <summary>A character as it may be shown.</summary>
    internal static char ToVisible(char character) => character switch
    {
        // Unicode has a picture for each character of the first control block and for DEL.
        < ' ' => (char)('\u2400' + character),
        '\u007F' => '\u2421',

        // The marks U+200E and U+200F are kept: names in Hebrew and Arabic need them, and they only affect
        // the adjacent characters, as any letter of those scripts does.
        (>= '\u0080' and <= '\u009F')
            or '\u061C'
            or '\u2028' or '\u2029'
            or (>= '\u202A' and <= '\u202E')
            or (>= '\u2066' and <= '\u2069') => '\uFFFD',
        _ => character,
    };

    /// <summary>
    /// Whether a text has a character that <see cref="MakeVisible"/> uses as a replacement: then it may differ from the
    /// text on the server, and must not be sent back.
    /// </summary>
    internal static bool HasReplacement(string text) =>
        text.Any(static character => character is '\uFFFD' or (>= '\u2400' and <= '\u2421'));

    /// <summary>Tokens are long, without white space, and mostly of mixed case with digits; all other raw keys are JSON documents.</summary>
    private static bool IsLikeRawKey(string text)
    {
        bool isToken = !text.Any(char.IsWhiteSpace);
        bool isMixed = text.Any(char.IsDigit) && text.Any(char.IsUpper) && text.Any(char.IsLower);
        return (isToken && (text.Length >= 32 || (text.Length >= 16 && isMixed))) || (text.TrimStart() is { Length: > 0 } start && start[0] == '{');
    }
}
