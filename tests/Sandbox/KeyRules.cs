using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenRouter.Byok.Sandbox;

/// <summary>The rules of the API for a key that its schemas do not express.</summary>
internal static class KeyRules
{
    private const string Global = "global";

    /// <summary>The key as it is after a request.</summary>
    /// <exception cref="ApiException">The key would break a rule.</exception>
    internal static SandboxKey Apply(SandboxKey key, JsonObject request)
    {
        var changed = key.With(request);
        return changed is { IsFallback: true, IsByokOnly: true }
            ? throw new ApiException(400, "is_fallback and is_byok_only cannot both be true")
            : changed with { DeclaredRegion = Region(changed, request) };
    }

    private static string? Region(SandboxKey key, JsonObject request)
    {
        if (key.Provider is not ("openai" or "fireworks"))
        {
            return key.DeclaredRegion is null or Global || key.Provider == "azure"
                ? key.DeclaredRegion
                : throw new ApiException(400, $"declared_region: Not supported for {key.Provider}");
        }

        var inKey = RegionIn(key.RawKey);
        var given = (string?)request["declared_region"];
        if (given is not null && given != (inKey ?? Global))
        {
            throw new ApiException(400, $"declared_region: The key says {inKey ?? Global}");
        }

        return request.ContainsKey("key") ? inKey ?? given : key.DeclaredRegion;
    }

    private static string? RegionIn(string? rawKey)
    {
        try
        {
            return rawKey?.StartsWith('{') == true
                && JsonElement.Parse(rawKey).TryGetProperty("region", out var region)
                && region.ValueKind == JsonValueKind.String ? region.GetString() : null;
        }
        catch (JsonException)
        {
            // A token that begins like a document.
            return null;
        }
    }
}
