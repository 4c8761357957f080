using System.Text.Json;

namespace OpenRouter.Byok.Sandbox;

/// <summary>The API's rules for the data region of a key.</summary>
internal static class DeclaredRegion
{
    private const string Global = "global";

    /// <summary>The region of a key after a request that may set a raw key and a region.</summary>
    /// <exception cref="ApiException">The region is not allowed for this key.</exception>
    internal static string? After(SandboxKey key, Field<string> rawKey, Field<string?> region)
    {
        if (key.Provider is "openai" or "fireworks")
        {
            var inKey = InDocument(rawKey.IsSet ? rawKey.Value : key.RawKey);
            if (region is { IsSet: true, Value: not null } && region.Value != (inKey ?? Global))
            {
                throw new ApiException(400, $"declared_region: The key says {inKey ?? Global}");
            }

            return rawKey.IsSet ? inKey ?? region.Value : region.Or(key.DeclaredRegion);
        }

        return region is { IsSet: true, Value: not null and not Global } && key.Provider != "azure"
            ? throw new ApiException(400, $"declared_region: Not supported for {key.Provider}")
            : region.Or(key.DeclaredRegion);
    }

    private static string? InDocument(string? rawKey)
    {
        if (rawKey?.StartsWith('{') != true)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(rawKey);
            return document.RootElement.TryGetProperty("region", out var region) && region.ValueKind == JsonValueKind.String
                ? region.GetString()
                : null;
        }
        catch (JsonException)
        {
            // A token that begins like a document.
            return null;
        }
    }
}
