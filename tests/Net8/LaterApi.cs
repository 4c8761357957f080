using System.Security.Cryptography.X509Certificates;

namespace OpenRouter.Byok.Sandbox;

/// <summary>What the sandbox calls of later versions of .NET.</summary>
internal static class LaterApi
{
    extension(Convert)
    {
        public static string ToHexStringLower(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes).ToLowerInvariant();
    }
}

/// <summary>The one call of the sandbox that loads a certificate.</summary>
internal static class X509CertificateLoader
{
    public static X509Certificate2 LoadPkcs12(byte[] data, string? password) => new(data, password);
}
