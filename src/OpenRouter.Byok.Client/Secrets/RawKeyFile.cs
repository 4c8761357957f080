using System.Security;
using System.Text;

namespace OpenRouter.Byok.Client;

/// <summary>Reads a raw key from a file without leaving copies of it in memory.</summary>
public static class RawKeyFile
{
    /// <summary>The largest file, in bytes: what a <see cref="SecureString"/> can hold.</summary>
    public const int LargestFile = 64 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The extensions of key files; no raw key ends with them.</summary>
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase) { ".json", ".key", ".pem", ".secret", ".token", ".txt" };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>
    /// Reads a file as UTF-8. A byte order mark and the line break that ends the file are dropped; then the raw key is
    /// checked as <see cref="RawKey.Check"/> does.
    /// </summary>
    /// <param name="path">A path of the file system.</param>
    /// <param name="provider">The provider's slug; <see langword="null"/> if it is unknown.</param>
    /// <returns>The raw key, for the caller to dispose.</returns>
    /// <exception cref="ByokApiException">The file cannot be read, or has no valid raw key; the message quotes none of it.</exception>
    public static SecureString Read(string path, string? provider)
    {
        // One byte more than the limit shows that a file is too large.
        using var bytes = new PinnedArray<byte>(LargestFile + 1);
        using var characters = new PinnedArray<char>(LargestFile);
        int length = ReadBytes(path, bytes.Array);
        int start = bytes.Array.AsSpan(0, length).StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        int count;
        try
        {
            count = StrictUtf8.GetChars(bytes.Array, start, length - start, characters.Array, 0);
        }
        catch (DecoderFallbackException)
        {
            throw Bad(path, "is not UTF-8 text");
        }

        if (Array.IndexOf(characters.Array, '\0', 0, count) >= 0)
        {
            throw Bad(path, "is binary");
        }

        SecureString key = ToSecureString(DropLineBreak(characters.Array.AsSpan(0, count)));
        try
        {
            Check(path, key, provider);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Checks what <see cref="Read"/> returned for another provider.</summary>
    /// <param name="path">The path that it came from.</param>
    /// <param name="key">The raw key.</param>
    /// <param name="provider">The provider's slug; <see langword="null"/> if it is unknown.</param>
    /// <exception cref="ByokApiException">It is no raw key of the provider; the message quotes nothing of it.</exception>
    public static void Check(string path, SecureString key, string? provider)
    {
        if (RawKey.FindProblem(key, provider) is { } problem)
        {
            throw Bad(path, problem);
        }
    }

    private static unsafe SecureString ToSecureString(ReadOnlySpan<char> key)
    {
        fixed (char* first = key)
        {
            SecureString secret = key.IsEmpty ? new SecureString() : new SecureString(first, key.Length);
            secret.MakeReadOnly();
            return secret;
        }
    }

    private static ReadOnlySpan<char> DropLineBreak(ReadOnlySpan<char> text) =>
        text.EndsWith("\r\n".AsSpan()) ? text.Slice(0, text.Length - 2)
        : text.Length > 0 && text[text.Length - 1] is '\n' or '\r' ? text.Slice(0, text.Length - 1)
        : text;

    private static int ReadBytes(string path, byte[] bytes)
    {
        try
        {
            if (Directory.Exists(path))
            {
                throw Bad(path, "is a directory");
            }

            // A pipe or a device has no length, and opening one can block for ever.
            if (LengthOf(path) == 0)
            {
                throw Bad(path, "is empty or not a regular file");
            }

            // Without a buffer of its own, which would not be cleared.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            int length = 0;
            for (int read = -1; read != 0 && length < bytes.Length; length += read)
            {
                read = file.Read(bytes, length, bytes.Length - length);
            }

            return length <= LargestFile ? length : throw Bad(path, "is larger than 64 KiB");
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException or NotSupportedException or ArgumentException)
        {
            // The message names the path, which may be a raw key if there is no such file.
            throw path.Length == 0 ? ApiErrors.BadInput("The path of the key file is empty. Nothing was sent.")
                : File.Exists(path) ? Bad(path, $"cannot be read ({error.Message.Replace($"'{path}'", "it").TrimEnd('.')})")
                : new ByokApiException(ByokErrorKind.NotFound, $"The key file {Show(path)} does not exist. Nothing was sent.", "Check the path; a relative path starts from the current location.");
        }
    }

    private static long LengthOf(string path)
    {
        var file = new FileInfo(path);
#if NET
        // A link has a length of its own.
        file = (FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
#endif
        return file.Length;
    }

    private static ByokApiException Bad(string path, string problem) => ApiErrors.BadInput($"The key file {Show(path)} {problem}. Nothing was sent.");

    /// <summary>
    /// The part of the path that exists or ends like a file. The rest may be a raw key given as a path: raw keys have
    /// slashes and dots in them.
    /// </summary>
    private static string Show(string path)
    {
        if (File.Exists(path) || Directory.Exists(path) || Extensions.Contains(Path.GetExtension(path)))
        {
            return ShownText.MakeVisible(path);
        }

        int end = path.Length;
        do
        {
            end = path.LastIndexOfAny(['/', '\\'], end - 1);
        }
        while (end > 0 && !Directory.Exists(path.Substring(0, end)));

        return ShownText.MakeVisible(path.Substring(0, end + 1)) + ShownText.Shorten(path.Substring(end + 1));
    }
}
