namespace OpenRouter.Byok;

/// <summary>Makes text that came from outside fit to be shown: it paints no terminal, and gives no key away.</summary>
internal static class ShownText
{
    /// <summary>What stands where a secret stood.</summary>
    internal const string Redacted = "[redacted]";

    /// <summary>Enough to recognise a value and too little to give away a key that was put in its place.</summary>
    private const int ShortLength = 6;

    /// <summary>The beginning of a text that may be a key in the wrong place.</summary>
    internal static string Shorten(string text) =>
        MakeVisible(text.Length > ShortLength ? text.Substring(0, ShortLength) + "…" : text);

    /// <summary>The text with its control characters, and those that turn the direction of writing, made visible.</summary>
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

    /// <summary>A character as it may be kept.</summary>
    internal static char ToVisible(char character) => character switch
    {
        // Unicode has a picture for each character of the first control block and for DEL.
        < ' ' => (char)('\u2400' + character),
        '\u007F' => '\u2421',

        // The marks U+200E and U+200F stay: names in Hebrew and Arabic need them, and they order no more than what stands
        // right beside them, as any letter of those scripts does.
        (>= '\u0080' and <= '\u009F')
            or '\u061C'
            or '\u2028' or '\u2029'
            or (>= '\u202A' and <= '\u202E')
            or (>= '\u2066' and <= '\u2069') => '\uFFFD',
        _ => character,
    };

    /// <summary>Whether a text holds something that is shown in another's place: then it may not be the text that the server has.</summary>
    internal static bool IsAltered(string text) =>
        text.Contains(Redacted) || text.Any(static character => character is '\uFFFD' or (>= '\u2400' and <= '\u2421'));
}
