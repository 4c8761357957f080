using System.Buffers;

namespace OpenRouter.Byok.Client;

/// <summary>The body of one response in a rented array that is cleared when it is returned.</summary>
internal sealed class ResponseBuffer : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private int _length;

    private ResponseBuffer()
    {
    }

    internal ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Reads the body of a response to its end.</summary>
    /// <exception cref="ByokApiException">It is larger than allowed, or ends before its end.</exception>
    internal static async Task<ResponseBuffer> ReadAsync(string operation, HttpResponseMessage response, int largest, CancellationToken cancellationToken)
    {
        int status = (int)response.StatusCode;
        var buffer = new ResponseBuffer();
        try
        {
            if (response.Content.Headers.ContentLength > largest || !await buffer.TryFillAsync(response, largest, cancellationToken).ConfigureAwait(false))
            {
                throw ApiErrors.BadResponse(operation, $"it is larger than {largest / (1024 * 1024)} MiB", status);
            }

            ReplaceLoneSurrogates(buffer._buffer.AsSpan(0, buffer._length));
            return buffer;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or ObjectDisposedException)
        {
            buffer.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw error is InvalidDataException
                ? ApiErrors.BadResponse(operation, "it cannot be decompressed", status)
                : ApiErrors.BadResponse(operation, "it broke off before its end", status, isTransient: true);
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        byte[] buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0)
        {
            // A hostile response may echo a secret.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <summary>
    /// Servers that count in UTF-16 send half a surrogate pair as an escape, which the parser refuses: one such name
    /// would make every key unreadable. It is replaced by the escape of the replacement character, which has the same
    /// number of bytes.
    /// </summary>
    private static void ReplaceLoneSurrogates(Span<byte> json)
    {
        int at = 0;
        while (json.Slice(at).IndexOf((byte)'\\') is >= 0 and int escape && (at += escape) + 2 <= json.Length)
        {
            int half = SurrogateAt(json, at);
            if (half == 0)
            {
                // Also skips the second character of an escaped backslash.
                at += 2;
            }
            else if (half == 1 && SurrogateAt(json, at + 6) == 2)
            {
                at += 12;
            }
            else
            {
                "fffd"u8.CopyTo(json.Slice(at + 2));
                at += 6;
            }
        }

        // 1 for the first half of a pair, 2 for the second, 0 for anything else.
        static int SurrogateAt(ReadOnlySpan<byte> json, int at) =>
            at + 6 > json.Length || json[at] != '\\' || json[at + 1] != 'u' || (json[at + 2] | 0x20) != 'd' ? 0
            : !IsHex(json[at + 4]) || !IsHex(json[at + 5]) ? 0
            : (char)(json[at + 3] | 0x20) switch
            {
                '8' or '9' or 'a' or 'b' => 1,
                >= 'c' and <= 'f' => 2,
                _ => 0,
            };

        static bool IsHex(byte digit) => digit is (>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'f') or (>= (byte)'A' and <= (byte)'F');
    }

    /// <returns><see langword="false"/> if there is more than allowed.</returns>
    private async Task<bool> TryFillAsync(HttpResponseMessage response, int largest, CancellationToken cancellationToken)
    {
#if NET
        using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
#else
        // This target's streams do not observe a token; disposing the response ends the read.
        using CancellationTokenRegistration registration = cancellationToken.Register(response.Dispose);
        using Stream stream = await response.Content.ReadAsStreamAsync().ConfigureAwait(false);
#endif
        while (_length <= largest)
        {
            if (_length == _buffer.Length)
            {
                Grow();
            }

            int read = await ReadSomeAsync(stream, _buffer, _length, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return true;
            }

            _length += read;
        }

        return false;
    }

    private static ValueTask<int> ReadSomeAsync(Stream stream, byte[] buffer, int offset, CancellationToken cancellationToken) =>
#if NET
        stream.ReadAsync(buffer.AsMemory(offset), cancellationToken);
#else
        new(stream.ReadAsync(buffer, offset, buffer.Length - offset, cancellationToken));
#endif

    private void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        _buffer = larger;
    }
}
