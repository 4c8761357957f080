using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;

namespace OpenRouter.Byok.Client;

/// <summary>
/// Distinguishes accounts: the address, a fingerprint of the management key, and the clock for waits. If a management key
/// may change, the connection itself identifies the account.
/// </summary>
internal sealed record AccountId(string Address, object Account, TimeProvider Time)
{
    /// <summary>A fingerprint is of no use outside this process.</summary>
    private static readonly byte[] Salt = MakeSalt();

    internal static AccountId Of(ByokConnection connection, TimeProvider time) =>
        new(connection.BaseUri.GetLeftPart(UriPartial.Path).TrimEnd('/'), connection.ApiKeyProvider is null ? ToFingerprint(connection.ApiKey!) : connection, time);

    private static string ToFingerprint(SecureString managementKey)
    {
        using var secret = new UnmanagedSecret(managementKey);
        using var bytes = new PinnedArray<byte>(sizeof(char) * secret.Length);
        MemoryMarshal.AsBytes(secret.Characters).CopyTo(bytes.Array);
        using var hash = new HMACSHA256(Salt);
        return Convert.ToBase64String(hash.ComputeHash(bytes.Array));
    }

    private static byte[] MakeSalt()
    {
        byte[] salt = new byte[32];
        using var random = RandomNumberGenerator.Create();
        random.GetBytes(salt);
        return salt;
    }
}
