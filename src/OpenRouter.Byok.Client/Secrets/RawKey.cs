using System.Security;
using System.Text;

namespace OpenRouter.Byok.Client;

/// <summary>Checks all raw keys before they are sent. No message quotes any part of a raw key.</summary>
public static class RawKey
{
    private static readonly char[] Quotes = ['"', '\'', '`', '\u2018', '\u2019', '\u201C', '\u201D'];

    /// <summary>Invisible characters: a byte order mark, and others without width.</summary>
    private static readonly char[] Invisible = ['\uFEFF', '\u200B', '\u200C', '\u200D', '\u2060'];

    /// <summary>
    /// Checks a raw key: a token has neither white space nor quotes at its ends, and if the provider requires a JSON
    /// document it is one, with the fields that the provider needs.
    /// </summary>
    /// <param name="key">The raw key.</param>
    /// <param name="provider">The provider's slug; <see langword="null"/> if it is unknown.</param>
    /// <exception cref="ByokApiException">The raw key is invalid for the provider.</exception>
    public static void Check(SecureString key, string? provider)
    {
        if (FindProblem(key, provider) is { } problem)
        {
            throw ApiErrors.BadInput($"The raw key {problem}. Nothing was sent.");
        }
    }

    /// <summary>The problem of a raw key, to follow its name in a sentence; <see langword="null"/> if there is none.</summary>
    /// <param name="key">The raw key.</param>
    /// <param name="provider">The provider's slug; <see langword="null"/> if it is unknown.</param>
    public static string? FindProblem(SecureString key, string? provider)
    {
        using var secret = new UnmanagedSecret(key);
        return FindProblem(secret, provider);
    }

    /// <summary>
    /// How a rotation changes the region that is declared for a key: OpenAI and Fireworks derive it from the raw key, so
    /// the new one replaces it.
    /// </summary>
    /// <param name="key">The new raw key.</param>
    /// <param name="provider">The provider of the key that is rotated.</param>
    /// <param name="region">The region that is declared for it now.</param>
    /// <returns>The change; <see langword="null"/> if the region is unchanged.</returns>
    public static KeyDifference? FindRegionChange(SecureString key, string? provider, string? region)
    {
        if (!HoldsRegion(provider))
        {
            return null;
        }

        using var secret = new UnmanagedSecret(key);
        string? derived = null;
        if (secret.IsDocument)
        {
            using var text = new RawKeyText(secret);
            derived = ProviderDocument.ReadRegion(text.Bytes);
        }

        return derived == region ? null : new KeyDifference(KeyFields.DeclaredRegion.Name, region, derived);
    }

    /// <summary>Whether the provider derives the declared region from the raw key.</summary>
    /// <param name="provider">The provider's slug; <see langword="null"/> if it is unknown.</param>
    public static bool HoldsRegion(string? provider) => ProviderDocument.Of(provider) is { HoldsRegion: true };

    internal static string? FindProblem(UnmanagedSecret secret, string? provider)
    {
        if (secret.Characters.IsWhiteSpace())
        {
            return secret.Length == 0 ? "is empty" : "is blank";
        }

        try
        {
            using var text = new RawKeyText(secret);
            if (ProviderDocument.Of(provider) is { } demanded && (secret.IsDocument || !demanded.AcceptsToken))
            {
                return demanded.FindProblem(text.Bytes);
            }

            // White space around a JSON document has no meaning.
            return secret.IsDocument && ProviderDocument.IsJson(text.Bytes) ? null : FindProblemAtEnds(secret.Characters);
        }
        catch (EncoderFallbackException)
        {
            return "is not valid Unicode text: it has half of a surrogate pair";
        }
    }

    private static string? FindProblemAtEnds(ReadOnlySpan<char> token)
    {
        char first = token[0];
        char last = token[token.Length - 1];
        return Describe(first) is { } atStart ? $"starts with {atStart}"
            : Describe(last) is { } atEnd ? $"ends with {atEnd}"
            : null;
    }

    /// <summary>The name of a character that no token begins or ends with; <see langword="null"/> for any other character.</summary>
    internal static string? Describe(char character) => character switch
    {
        '\r' or '\n' or '\u0085' or '\u2028' or '\u2029' => "a line break",
        ' ' => "a space",
        '\t' => "a tab",
        _ when Array.IndexOf(Quotes, character) >= 0 => "a quotation mark",
        _ when char.IsWhiteSpace(character) => "white space",
        _ when char.IsControl(character) || Array.IndexOf(Invisible, character) >= 0 => "an invisible character",
        _ => null,
    };
}
