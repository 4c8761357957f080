using System.Runtime.InteropServices;
using System.Security;
using System.Text;
using System.Text.Json;

namespace OpenRouter.Byok.Client;

/// <summary>Reads a raw key from a file without leaving copies of it in memory.</summary>
public static class CredentialFile
{
    /// <summary>The largest file, in bytes: what a <see cref="SecureString"/> can hold.</summary>
    public const int LargestFile = 64 * 1024;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Reads a file as UTF-8. A byte order mark and white space around the key are dropped. Where the provider demands a
    /// JSON document, what it needs is checked.
    /// </summary>
    /// <param name="path">A path of the file system.</param>
    /// <param name="provider">The provider's slug; <see langword="null"/> where it is not known.</param>
    /// <returns>The raw key, for the caller to dispose.</returns>
    /// <exception cref="ByokApiException">The file cannot be read, or is no key; the message quotes nothing of it.</exception>
    public static unsafe SecureString Read(string path, string? provider)
    {
        // One more byte than allowed tells a file that is too large.
        byte[] bytes = new byte[LargestFile + 1];
        char[] characters = new char[LargestFile];
        GCHandle pinnedBytes = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        GCHandle pinnedCharacters = GCHandle.Alloc(characters, GCHandleType.Pinned);
        try
        {
            int length = ReadAll(path, bytes);
            int start = bytes.AsSpan(0, length).StartsWith(ByteOrderMark) ? 3 : 0;
            int count;
            try
            {
                count = StrictUtf8.GetChars(bytes, start, length - start, characters, 0);
            }
            catch (DecoderFallbackException)
            {
                throw Bad(path, "is not UTF-8 text");
            }

            if (Array.IndexOf(characters, '\0', 0, count) >= 0)
            {
                throw Bad(path, "is binary");
            }

            ReadOnlySpan<char> key = characters.AsSpan(0, count).Trim();
            if (key.IsEmpty)
            {
                throw Bad(path, "is empty");
            }

            CheckDocument(path, provider, bytes.AsSpan(start, length - start));
            fixed (char* first = key)
            {
                var secret = new SecureString(first, key.Length);
                secret.MakeReadOnly();
                return secret;
            }
        }
        finally
        {
            Array.Clear(bytes, 0, bytes.Length);
            Array.Clear(characters, 0, characters.Length);
            pinnedBytes.Free();
            pinnedCharacters.Free();
        }
    }

    /// <summary>Checks what <see cref="Read"/> gave for another provider.</summary>
    /// <param name="path">The path that it came from.</param>
    /// <param name="key">The raw key.</param>
    /// <param name="provider">The provider's slug; <see langword="null"/> where it is not known.</param>
    /// <exception cref="ByokApiException">It is not in the form that the provider demands; the message quotes nothing of it.</exception>
    public static unsafe void Check(string path, SecureString key, string? provider)
    {
        using var secret = new UnmanagedSecret(key);
        byte[] bytes = new byte[StrictUtf8.GetMaxByteCount(secret.Length)];
        GCHandle pinned = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        try
        {
            fixed (char* characters = secret.Characters)
            fixed (byte* first = bytes)
            {
                CheckDocument(path, provider, bytes.AsSpan(0, StrictUtf8.GetBytes(characters, secret.Length, first, bytes.Length)));
            }
        }
        finally
        {
            Array.Clear(bytes, 0, bytes.Length);
            pinned.Free();
        }
    }

    private static int ReadAll(string path, byte[] bytes)
    {
        try
        {
            if (Directory.Exists(path))
            {
                throw Bad(path, "is a directory");
            }

            // A pipe or a device has no length either, and to open one can take for ever.
            if (LengthOf(path) == 0)
            {
                throw Bad(path, "is empty or no regular file");
            }

            // Without a buffer of its own, which nobody would clear.
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
            // The message names the path, which may be a key where there is no such file.
            throw Bad(path, File.Exists(path) ? $"cannot be read ({error.Message.Replace($"'{path}'", "it").TrimEnd('.')})" : "does not exist");
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

    private static void CheckDocument(string path, string? provider, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> text = bytes.Slice(CountSpaces(bytes));
        bool isDocument = text.Length > 0 && (text[0] == (byte)'{' || text[0] == (byte)'[');
        switch (provider?.ToLowerInvariant())
        {
            case "google-vertex":
                Demand(path, "Vertex takes a service account's JSON document", bytes, isArray: false, ["project_id", "private_key", "client_email"]);
                break;
            case "azure":
                Demand(path, "Azure takes a JSON array of objects", bytes, isArray: true, ["api_key"]);
                break;
            case "amazon-bedrock" when isDocument:
                Demand(path, "Bedrock takes a token or a JSON object", bytes, isArray: false, ["accessKeyId", "secretAccessKey", "region"]);
                break;
        }
    }

    private static int CountSpaces(ReadOnlySpan<byte> bytes)
    {
        int count = 0;
        while (count < bytes.Length && bytes[count] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            count++;
        }

        return count;
    }

    private static void Demand(string path, string form, ReadOnlySpan<byte> bytes, bool isArray, string[] fields)
    {
        var reader = new Utf8JsonReader(bytes);
        int depth = isArray ? 1 : 0;
        int objects = 0;
        var missing = new List<string>();
        try
        {
            if (!reader.Read() || reader.TokenType != (isArray ? JsonTokenType.StartArray : JsonTokenType.StartObject))
            {
                throw Bad(path, $"is not in the form that the provider demands: {form}");
            }

            do
            {
                if (reader.TokenType == JsonTokenType.StartObject && reader.CurrentDepth == depth)
                {
                    objects++;
                    missing.AddRange(fields);
                }
                else if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == depth + 1)
                {
                    foreach (string field in fields)
                    {
                        if (reader.ValueTextEquals(field))
                        {
                            missing.Remove(field);
                        }
                    }
                }
                else if (isArray && reader.CurrentDepth == depth && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray or JsonTokenType.StartArray))
                {
                    throw Bad(path, $"is not in the form that the provider demands: {form}");
                }
            }
            while (reader.Read());
        }
        catch (JsonException)
        {
            // The parser's message would quote the document.
            throw Bad(path, $"is not valid JSON; {form}");
        }

        if (missing.Count > 0 || objects == 0)
        {
            throw Bad(path, $"lacks {string.Join(", ", (objects == 0 ? fields : missing.AsEnumerable()).Distinct())}; {form}");
        }
    }

    private static ByokApiException Bad(string path, string what) =>
        ApiErrors.BadInput($"The credential file {Show(path)} {what}. Nothing was sent.");

    /// <summary>
    /// The path, as far as it exists. The rest may be a key in a path's place, and no test tells one from a name: keys have
    /// slashes and dots in them.
    /// </summary>
    private static string Show(string path)
    {
        if (File.Exists(path) || Directory.Exists(path))
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
