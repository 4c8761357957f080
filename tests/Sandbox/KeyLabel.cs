using System.Text;

namespace OpenRouter.Byok.Sandbox;

/// <summary>The masked form of a raw key, which the API shows instead of the raw key.</summary>
public static class KeyLabel
{
    private const int ShortestShown = 8;
    private const int ShortestShownInFull = 12;

    /// <summary>
    /// The first three and last four characters (<c>sk-...AbCd</c>); two and two of a key of 8 to 11 characters,
    /// and nothing of a shorter one.
    /// </summary>
    public static string Mask(string rawKey)
    {
        // Characters, not UTF-16 units: half of a surrogate pair would not survive JSON.
        var runes = rawKey.EnumerateRunes().ToArray();
        if (runes.Length < ShortestShown)
        {
            return "...";
        }

        var (first, last) = runes.Length < ShortestShownInFull ? (2, 2) : (3, 4);
        return string.Concat(runes[..first]) + "..." + string.Concat(runes[^last..]);
    }
}
