using System.Globalization;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace OpenRouter.Byok;

/// <summary>
/// A short public identifier of a management key: the first 32 bits of a SHA-256 hash over it.
/// </summary>
/// <remarks>
/// A management key has 256 random bits, so 32 bits of a hash do not help to find it: 2^224 keys share each
/// fingerprint. The prefix makes it differ from any other hash of the same key, such as the one that the API itself
/// shows.
/// </remarks>
internal static class KeyFingerprint
{
    private static readonly byte[] Prefix = Encoding.ASCII.GetBytes("OpenRouter.Byok connection fingerprint\n");

    internal static string Of(SecureString key)
    {
        // Pinned before the key is written to it, so that the garbage collector leaves no copy.
        byte[] input = new byte[Prefix.Length + (sizeof(char) * key.Length)];
        GCHandle pin = GCHandle.Alloc(input, GCHandleType.Pinned);
        IntPtr characters = Marshal.SecureStringToGlobalAllocUnicode(key);
        try
        {
            Prefix.CopyTo(input, 0);
            Marshal.Copy(characters, input, Prefix.Length, input.Length - Prefix.Length);
            using SHA256 hash = SHA256.Create();
#pragma warning disable CA1850 // The static method is not there on Windows PowerShell.
            byte[] digest = hash.ComputeHash(input);
#pragma warning restore CA1850
            return string.Concat(digest.Take(4).Select(static part => part.ToString("x2", CultureInfo.InvariantCulture)));
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(characters);
            Array.Clear(input, 0, input.Length);
            pin.Free();
        }
    }
}
