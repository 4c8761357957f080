using System.Text;

namespace OpenRouter.Byok.Client;

/// <summary>
/// Makes the text of an error safe to show: replaces echoes of a secret, and makes control characters visible.
/// The data of a key is never redacted, because a raw key may contain the same id, name or date.
/// </summary>
internal sealed class Redactor
{
    /// <summary>A run of this many characters shared with a secret counts as an echo of it.</summary>
    internal const int EchoLength = TextWindows.MaximumLength;

    /// <summary>What replaces an echo.</summary>
    internal const string Replacement = "[redacted]";

    private readonly UnmanagedSecret[] _secrets;

    internal Redactor(params UnmanagedSecret?[] secrets) => _secrets = secrets.Where(static secret => secret is { Length: > 0 }).ToArray()!;

    /// <summary>
    /// How many windows of text and secrets were read. The time is proportional to it: each takes a few steps and one
    /// look-up in a hash set whose hashes a server cannot predict.
    /// </summary>
    internal long WindowsRead { get; private set; }

    internal string? Redact(string? text)
    {
        if (text is null)
        {
            return null;
        }

        bool[] isEcho = new bool[text.Length];
        foreach (UnmanagedSecret secret in _secrets)
        {
            MarkEchoes(text, secret, isEcho);
        }

        return ShownText.MakeVisible(ReplaceMarked(text, isEcho));
    }

    /// <summary>Marks each character of a window that the secret also contains.</summary>
    private void MarkEchoes(string text, UnmanagedSecret secret, bool[] isEcho)
    {
        // If a secret is shorter than an echo, the whole secret is searched for.
        int length = Math.Min(EchoLength, secret.HiddenPart.Length);
        HashSet<TextWindow> echoes = FindEchoes(text, secret, length);
        if (echoes.Count == 0)
        {
            return;
        }

        int marked = 0;
        for (var windows = new TextWindows(text.AsSpan(), length); windows.MoveNext(); WindowsRead++)
        {
            if (echoes.Contains(windows.Current))
            {
                marked = Math.Max(marked, windows.Start);
                while (marked < windows.Start + length)
                {
                    isEcho[marked++] = true;
                }
            }
        }
    }

    /// <summary>
    /// The windows that text and secret have in common. Those of the text are collected, not those of the secret: so
    /// nothing of the secret stays in memory that the text does not hold.
    /// </summary>
    private HashSet<TextWindow> FindEchoes(string text, UnmanagedSecret secret, int length)
    {
        var inText = new HashSet<TextWindow>();
        for (var windows = new TextWindows(text.AsSpan(), length); windows.MoveNext(); WindowsRead++)
        {
            inText.Add(windows.Current);
        }

        var echoes = new HashSet<TextWindow>();
        if (inText.Count > 0)
        {
            for (var windows = new TextWindows(secret.HiddenPart, length); windows.MoveNext(); WindowsRead++)
            {
                if (inText.Contains(windows.Current))
                {
                    echoes.Add(windows.Current);
                }
            }
        }

        GC.KeepAlive(secret);
        return echoes;
    }

    private static string ReplaceMarked(string text, bool[] isEcho)
    {
        if (Array.IndexOf(isEcho, true) < 0)
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            if (!isEcho[at])
            {
                result.Append(text[at]);
            }
            else if (at == 0 || !isEcho[at - 1])
            {
                result.Append(Replacement);
            }
        }

        return result.ToString();
    }
}
