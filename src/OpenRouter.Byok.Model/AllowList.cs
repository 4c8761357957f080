using System.Collections;
using System.Text;

namespace OpenRouter.Byok;

/// <summary>
/// The entries of an allow-list (<c>allowed_models</c>, <c>allowed_api_key_hashes</c>, <c>allowed_user_ids</c>) in
/// the API's order. Its text form is <c>a;b;c</c>, so that a CSV file written by <c>Export-Csv</c> holds the entries
/// and not a type name, and <see cref="Parse"/> reads them back.
/// </summary>
public sealed class AllowList : IReadOnlyList<string>, IEquatable<AllowList>
{
    private const char Separator = ';';
    private const char Quote = '"';

    private readonly string[] _entries;

    /// <summary>Takes a copy of the entries.</summary>
    /// <param name="entries">The entries, none of them <see langword="null"/>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="entries"/> or one of them is <see langword="null"/>.</exception>
    public AllowList(IEnumerable<string> entries)
    {
        if (entries is null)
        {
            throw new ArgumentNullException(nameof(entries));
        }

        _entries = entries.ToArray();
        if (Array.IndexOf(_entries, null) >= 0)
        {
            throw new ArgumentNullException(nameof(entries), "An allow-list holds no null entries.");
        }
    }

    /// <summary>The number of entries; the API accepts at most 100.</summary>
    public int Count => _entries.Length;

    /// <summary>The entry at an index.</summary>
    /// <param name="index">The index, from 0.</param>
    /// <exception cref="IndexOutOfRangeException">The index is out of range.</exception>
    public string this[int index] => _entries[index];

    /// <summary>
    /// Reads the text form: entries separated by <c>;</c>, spaces around an entry dropped, empty entries skipped. An
    /// entry in double quotes may have any character; write a double quote twice.
    /// </summary>
    /// <param name="text">The text form.</param>
    /// <returns>The entries.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is <see langword="null"/>.</exception>
    /// <exception cref="FormatException">A quoted entry has no closing quote, or text follows the closing quote.</exception>
    public static AllowList Parse(string text)
    {
        if (text is null)
        {
            throw new ArgumentNullException(nameof(text));
        }

        var entries = new List<string>();
        int at = 0;
        while (at <= text.Length)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            if (at < text.Length && text[at] == Quote)
            {
                entries.Add(ReadQuoted(text, ref at));
            }
            else
            {
                int end = text.IndexOf(Separator, at);
                end = end < 0 ? text.Length : end;
                string entry = text.Substring(at, end - at).Trim();
                if (entry.Length > 0)
                {
                    entries.Add(entry);
                }

                at = end;
            }

            at++;
        }

        return new AllowList(entries);
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)_entries).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _entries.GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(AllowList? other) => other is not null && _entries.SequenceEqual(other._entries, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AllowList);

    /// <inheritdoc/>
    public override int GetHashCode() => _entries.Length == 0 ? 0 : StringComparer.Ordinal.GetHashCode(_entries[0]) ^ _entries.Length;

    /// <summary>The text form, <c>a;b;c</c>: what <see cref="Parse"/> reads.</summary>
    public override string ToString() => string.Join(Separator.ToString(), _entries.Select(Write));

    private static string Write(string entry)
    {
        bool plain = entry.Length > 0
            && entry.IndexOfAny([Separator, Quote]) < 0
            && !char.IsWhiteSpace(entry[0])
            && !char.IsWhiteSpace(entry[entry.Length - 1]);
        return plain ? entry : Quote + entry.Replace("\"", "\"\"") + Quote;
    }

    private static string ReadQuoted(string text, ref int at)
    {
        var entry = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] != Quote)
            {
                entry.Append(text[at]);
            }
            else if (at + 1 < text.Length && text[at + 1] == Quote)
            {
                entry.Append(Quote);
                at++;
            }
            else
            {
                at++;
                while (at < text.Length && char.IsWhiteSpace(text[at]))
                {
                    at++;
                }

                return at == text.Length || text[at] == Separator
                    ? entry.ToString()
                    : throw new FormatException("a semicolon or the end of the text is required after a closing quote.");
            }
        }

        throw new FormatException("a quoted entry has no closing quote.");
    }
}
