using System.Runtime.InteropServices;
using System.Security;

namespace OpenRouter.Byok.Http;

/// <summary>
/// The characters of a <see cref="SecureString"/> in memory that the garbage collector never copies, zeroed when the
/// secret is no longer needed.
/// </summary>
internal sealed unsafe class Secret : IDisposable
{
    private IntPtr _characters;

    internal Secret(SecureString value)
    {
        Length = value.Length;
        _characters = Marshal.SecureStringToGlobalAllocUnicode(value);
    }

    ~Secret() => Free();

    /// <summary>How many UTF-16 characters the secret has.</summary>
    internal int Length { get; }

    /// <summary>The characters.</summary>
    /// <exception cref="ObjectDisposedException">The secret was disposed.</exception>
    internal ReadOnlySpan<char> Characters => _characters == IntPtr.Zero
        ? throw new ObjectDisposedException(nameof(Secret))
        : new ReadOnlySpan<char>((void*)_characters, Length);

    /// <summary>Whether the key is a JSON document and not one token.</summary>
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

    /// <summary>Whether a piece of text is part of the secret.</summary>
    internal bool Contains(ReadOnlySpan<char> piece)
    {
        bool found = Characters.IndexOf(piece) >= 0;
        GC.KeepAlive(this);
        return found;
    }

    /// <summary>
    /// Whether a label can be the masked form of this secret. The mask is a run of dots, asterisks, bullets or an
    /// ellipsis; what stands before it and after it are first and last characters of the key.
    /// </summary>
    internal bool FitsLabel(string? label)
    {
        if (string.IsNullOrEmpty(label))
        {
            return false;
        }

        int first = label!.IndexOfAny(MaskCharacters);
        int last = label.LastIndexOfAny(MaskCharacters);
        if (first < 0)
        {
            return false;
        }

        // A key may hold mask characters of its own; then more than one split can be right, and any that fits will do.
        ReadOnlySpan<char> text = label.AsSpan();
        bool fits = Characters.StartsWith(text.Slice(0, first)) && Characters.EndsWith(text.Slice(last + 1))
            && first + (text.Length - last - 1) <= Length;
        GC.KeepAlive(this);
        return fits;
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
