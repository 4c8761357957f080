using System.Runtime.InteropServices;
using System.Security;

namespace OpenRouter.Byok.Client;

/// <summary>
/// The characters of a <see cref="SecureString"/> in memory that the garbage collector never copies, cleared when they
/// are no longer needed.
/// </summary>
internal sealed unsafe class UnmanagedSecret : IDisposable
{
    /// <summary>The public prefixes of keys, which are not secret.</summary>
    private static readonly string[] PublicPrefixes = ["sk-or-v1-", "sk-ant-api03-", "sk-proj-"];

    private readonly int _hiddenFrom;
    private IntPtr _characters;

    internal UnmanagedSecret(SecureString value)
    {
        Length = value.Length;
        _characters = Marshal.SecureStringToGlobalAllocUnicode(value);
        foreach (string prefix in PublicPrefixes)
        {
            if (Length >= prefix.Length + Redactor.EchoLength && Characters.StartsWith(prefix.AsSpan()))
            {
                _hiddenFrom = prefix.Length;
            }
        }
    }

    ~UnmanagedSecret() => Free();

    /// <summary>How many UTF-16 characters the secret has.</summary>
    internal int Length { get; }

    /// <summary>The characters.</summary>
    /// <exception cref="ObjectDisposedException">The secret was disposed.</exception>
    internal ReadOnlySpan<char> Characters => _characters == IntPtr.Zero
        ? throw new ObjectDisposedException(nameof(UnmanagedSecret))
        : new ReadOnlySpan<char>((void*)_characters, Length);

    /// <summary>Whether the raw key begins like a JSON document.</summary>
    internal bool IsDocument
    {
        get
        {
            ReadOnlySpan<char> text = Characters.TrimStart();
            return text.Length > 0 && (text[0] == '{' || text[0] == '[');
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>The characters without a prefix that is no secret.</summary>
    internal ReadOnlySpan<char> HiddenPart => Characters.Slice(_hiddenFrom);

    /// <summary>
    /// Whether a label, as a listing shows it, can be the masked form of this secret; <see langword="null"/> if the label
    /// has no mask. The mask is a run of dots, asterisks, bullets or an ellipsis; before it are the first characters of the
    /// key and after it the last ones, with or without white space around the key.
    /// </summary>
    internal bool? FitsLabel(string? label)
    {
        int first = label?.IndexOfAny(MaskCharacters) ?? -1;
        if (first < 0)
        {
            return null;
        }

        // A key may hold mask characters of its own; then more than one split can be right, and any that fits will do.
        ReadOnlySpan<char> start = label.AsSpan(0, first);
        ReadOnlySpan<char> end = label.AsSpan(label!.LastIndexOfAny(MaskCharacters) + 1);
        ReadOnlySpan<char> key = Characters;
        bool fits = start.Length + end.Length <= key.Length
            && (Begins(key, start) || Begins(key.TrimStart(), start))
            && (Ends(key, end) || Ends(key.TrimEnd(), end));

        // The mask of a JSON document is not documented, so a label that differs proves nothing there.
        bool? answer = fits ? true : IsDocument ? null : false;
        GC.KeepAlive(this);
        return answer;

        static bool Begins(ReadOnlySpan<char> key, ReadOnlySpan<char> shown) =>
            key.Length >= shown.Length && IsShownAs(key.Slice(0, shown.Length), shown);

        static bool Ends(ReadOnlySpan<char> key, ReadOnlySpan<char> shown) =>
            key.Length >= shown.Length && IsShownAs(key.Slice(key.Length - shown.Length), shown);

        static bool IsShownAs(ReadOnlySpan<char> key, ReadOnlySpan<char> shown)
        {
            for (int at = 0; at < key.Length; at++)
            {
                // A mask may cut a surrogate pair in two, and a half is not kept.
                if (shown[at] != ShownText.ToVisible(key[at]) && !(shown[at] == '\uFFFD' && char.IsSurrogate(key[at])))
                {
                    return false;
                }
            }

            return true;
        }
    }

    private static readonly char[] MaskCharacters = ['.', '*', '\u2022', '\u2026'];

    private void Free()
    {
        IntPtr characters = Interlocked.Exchange(ref _characters, IntPtr.Zero);
        if (characters != IntPtr.Zero)
        {
            Marshal.ZeroFreeGlobalAllocUnicode(characters);
        }
    }
}
