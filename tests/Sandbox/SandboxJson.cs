using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpenRouter.Byok.Sandbox;

/// <summary>How the sandbox writes and reads JSON.</summary>
internal static class SandboxJson
{
    internal static JsonSerializerOptions Options { get; } = new()
    {
        // Like JavaScript servers: only characters that JSON requires to be escaped are escaped.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter() },
    };

    internal static string Timestamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
