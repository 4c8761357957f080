using System.Buffers;

namespace OpenRouter.Byok.Http;

/// <summary>The bytes of one answer in a rented array that is cleared when it is given back.</summary>
internal sealed class AnswerBuffer : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private int _length;

    private AnswerBuffer()
    {
    }

    internal ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Reads an answer to its end.</summary>
    /// <exception cref="ByokApiException">It is larger than allowed, or ends before its end.</exception>
    internal static async Task<AnswerBuffer> ReadAsync(string operation, HttpResponseMessage response, int largest, CancellationToken cancellationToken)
    {
        int status = (int)response.StatusCode;
        if (response.Content.Headers.ContentLength > largest)
        {
            throw TooLarge();
        }

        var answer = new AnswerBuffer();
        try
        {
#if NET
            using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
#else
            // This target's streams do not listen to a token; ending the answer ends the read.
            using CancellationTokenRegistration registration = cancellationToken.Register(response.Dispose);
            using Stream stream = await response.Content.ReadAsStreamAsync().ConfigureAwait(false);
#endif
            while (true)
            {
                if (answer._length == answer._buffer.Length)
                {
                    answer.Grow();
                }

                int read = await ReadSomeAsync(stream, answer._buffer, answer._length, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    return answer;
                }

                answer._length += read;
                if (answer._length > largest)
                {
                    throw TooLarge();
                }
            }
        }
        catch (Exception error) when (error is IOException or InvalidDataException or ObjectDisposedException)
        {
            answer.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw ByokErrors.BadResponse(
                operation,
                error is InvalidDataException ? "it cannot be decompressed" : "it broke off before its end",
                status,
                isTransient: error is not InvalidDataException);
        }
        catch
        {
            answer.Dispose();
            throw;
        }

        ByokApiException TooLarge() => ByokErrors.BadResponse(operation, $"it is larger than {largest / (1024 * 1024)} MiB", status);
    }

    public void Dispose()
    {
        byte[] buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0)
        {
            // A hostile answer may echo a secret.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
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
