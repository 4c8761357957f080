using System.Globalization;
using System.Text;

namespace OpenRouter.Byok;

/// <summary>Fits texts into the columns of the module's tables, without breaks inside a word that fits a line or inside a character.</summary>
public static class TableText
{
    /// <summary>A name in a table: a missing and an empty name differ, and characters without width are shown by number.</summary>
    /// <param name="name">The name; <see langword="null"/> for none.</param>
    /// <param name="width">The width of the column, in cells.</param>
    /// <remarks>An object, because PowerShell converts <see langword="null"/> to an empty text for a text parameter.</remarks>
    public static string Name(object? name, int width) => name?.ToString() switch
    {
        null => string.Empty,
        "" => "''",
        { } text => Wrap(ShownText.MarkInvisible(text), width),
    };

    /// <summary>The workspace under which a table shows a key: by name if the listing has it, else by id.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="ArgumentNullException">There is no key.</exception>
    public static string Workspace(ByokKey key) =>
        (key ?? throw new ArgumentNullException(nameof(key))).ListedIn ?? key.WorkspaceId ?? "(none: global, usable in every workspace)";

    /// <summary>Breaks a text into lines, if possible after a space, a slash or a hyphen.</summary>
    /// <param name="text">The text; <see langword="null"/> for none.</param>
    /// <param name="width">The width of the column, in cells.</param>
    public static string Wrap(string? text, int width)
    {
        if (text is null || Cells(text) <= width)
        {
            return text ?? string.Empty;
        }

        var lines = new List<string>();
        var line = new StringBuilder();
        foreach (string word in Words(text))
        {
            if (line.Length > 0 && Cells(line + word.TrimEnd()) > width)
            {
                lines.Add(line.ToString().TrimEnd());
                line.Clear();
            }

            foreach (string element in Elements(word))
            {
                if (line.Length > 0 && Cells(line + element) > width && !string.IsNullOrWhiteSpace(element))
                {
                    lines.Add(line.ToString().TrimEnd());
                    line.Clear();
                }

                line.Append(element);
            }
        }

        lines.Add(line.ToString().TrimEnd());
        return string.Join("\n", lines);
    }

    /// <summary>Cuts a text that is too wide, and marks the cut.</summary>
    /// <param name="text">The text; <see langword="null"/> for none.</param>
    /// <param name="width">The width of the column, in cells; less than 2 counts as unknown.</param>
    public static string Cut(string? text, int width) =>
        text is null || width < 2 || text.Length <= width ? text ?? string.Empty : text.Substring(0, width - 1) + "…";

    private static IEnumerable<string> Words(string text)
    {
        int start = 0;
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] is ' ' or '/' or '-')
            {
                yield return text.Substring(start, at + 1 - start);
                start = at + 1;
            }
        }

        yield return text.Substring(start);
    }

    private static IEnumerable<string> Elements(string text)
    {
        TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            yield return elements.GetTextElement();
        }
    }

    /// <summary>How many cells a console needs: two for each wide character of East Asia and for each emoji.</summary>
    private static int Cells(string text) => Elements(text).Sum(static element => IsWide(element) ? 2 : 1);

    private static bool IsWide(string element) => element.Length > 1 && char.IsHighSurrogate(element[0])
        || element[0] is (>= '\u1100' and <= '\u115F') or (>= '\u2E80' and <= '\uA4CF') or (>= '\uAC00' and <= '\uD7A3') or (>= '\uF900' and <= '\uFAFF') or (>= '\uFE30' and <= '\uFE6F') or (>= '\uFF00' and <= '\uFF60') or (>= '\uFFE0' and <= '\uFFE6');
}
