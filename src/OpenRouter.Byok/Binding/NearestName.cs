namespace OpenRouter.Byok.Binding;

/// <summary>Finds the most similar name for a misspelt one.</summary>
internal static class NearestName
{
    /// <summary>The most similar of some names; <see langword="null"/> if none is similar.</summary>
    internal static string? Find(string name, IEnumerable<string> names)
    {
        // The API's own name of a field (is_fallback) is accepted as well.
        string plain = Plain(name);
        return names
            .Select(known => (Known: known, Distance: Distance(plain, Plain(known))))
            .Where(near => near.Distance <= Math.Max(1, near.Known.Length / 3))
            .OrderBy(static near => near.Distance)
            .Select(static near => near.Known)
            .FirstOrDefault();
    }

    private static string Plain(string name) => name.Replace("_", string.Empty).Replace(" ", string.Empty).ToUpperInvariant();

    /// <summary>How many characters have to be inserted, removed or replaced (Levenshtein).</summary>
    private static int Distance(string left, string right)
    {
        if (left.Length > 2 * right.Length + 2)
        {
            return int.MaxValue;
        }

        int[] row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (int at = 1; at <= left.Length; at++)
        {
            int diagonal = row[0];
            row[0] = at;
            for (int other = 1; other <= right.Length; other++)
            {
                int replaced = diagonal + (left[at - 1] == right[other - 1] ? 0 : 1);
                diagonal = row[other];
                row[other] = Math.Min(replaced, Math.Min(row[other], row[other - 1]) + 1);
            }
        }

        return row[right.Length];
    }
}
