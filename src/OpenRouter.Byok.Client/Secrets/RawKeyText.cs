using System.Text;

namespace OpenRouter.Byok.Client;

/// <summary>A raw key in UTF-8, in memory that is cleared: what is checked and what is sent.</summary>
internal sealed class RawKeyText : IDisposable
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly PinnedArray<byte> _bytes;
    private readonly int _length;

    /// <exception cref="EncoderFallbackException">A surrogate has no partner, so there is no UTF-8 form.</exception>
    internal unsafe RawKeyText(UnmanagedSecret secret)
    {
        // The maximum number of UTF-8 bytes for one UTF-16 character; a surrogate pair needs no more than two of them.
        _bytes = new PinnedArray<byte>(3 * secret.Length);
        try
        {
            fixed (char* characters = secret.Characters)
            fixed (byte* bytes = _bytes.Array)
            {
                _length = secret.Length == 0 ? 0 : StrictUtf8.GetBytes(characters, secret.Length, bytes, _bytes.Array.Length);
            }
        }
        catch
        {
            _bytes.Dispose();
            throw;
        }
    }

    internal ReadOnlyMemory<byte> Bytes => _bytes.Array.AsMemory(0, _length);

    public void Dispose() => _bytes.Dispose();
}
