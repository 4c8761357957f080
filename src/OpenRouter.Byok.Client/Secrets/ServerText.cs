using System.Text;

namespace OpenRouter.Byok.Client;

/// <summary>
/// Makes text that came from the server fit to be kept and shown: echoes of a secret are taken out, and no character
/// in it moves a cursor, colours a line or turns the direction of writing.
/// </summary>
internal sealed class ServerText
{
    /// <summary>A run of this many characters shared with a secret counts as an echo of it.</summary>
    internal const int EchoLength = 8;

    /// <summary>Four characters are seldom in a secret by chance, and leave five in a row to be passed over at once.</summary>
    private const int TailLength = 4;

    private readonly Secret[] _secrets;

    internal ServerText(params Secret?[] secrets) => _secrets = secrets.Where(secret => secret is { Length: > 0 }).ToArray()!;

    /// <summary>Text as it may be kept: secrets out, control characters visible.</summary>
    internal string? Clean(string? text)
    {
        if (text is null)
        {
            return null;
        }

        foreach (Secret secret in _secrets)
        {
            text = Redact(text, secret);
        }

        return ShownText.MakeVisible(text);
    }

    private static string Redact(string text, Secret secret)
    {
        // A secret shorter than an echo is looked for whole.
        int window = Math.Min(EchoLength, secret.HiddenLength);
        int tail = Math.Min(TailLength, window);
        if (text.Length < window)
        {
            return text;
        }

        StringBuilder? result = null;
        int kept = 0;
        ReadOnlySpan<char> all = text.AsSpan();
        for (int at = 0; at + window <= all.Length;)
        {
            // What the secret does not hold the end of, it does not hold; nor anything else that this end is in.
            if (!secret.Contains(all.Slice(at + window - tail, tail)))
            {
                at += window - tail + 1;
                continue;
            }

            if (!secret.Contains(all.Slice(at, window)))
            {
                at++;
                continue;
            }

            int end = at + window;
            while (end < all.Length && secret.Contains(all.Slice(end - window + 1, window)))
            {
                end++;
            }

            result ??= new StringBuilder(text.Length);
            result.Append(text, kept, at - kept).Append(ShownText.Redacted);
            at = kept = end;
        }

        return result is null ? text : result.Append(text, kept, text.Length - kept).ToString();
    }
}
