using System.Text.Json;

namespace OpenRouter.Byok.Client;

/// <summary>The JSON document that a provider requires as a raw key, or accepts as well as a plain token.</summary>
/// <param name="Form">The form in words.</param>
internal sealed record ProviderDocument(string Form)
{
    private static readonly Dictionary<string, ProviderDocument> Documents = new(StringComparer.OrdinalIgnoreCase)
    {
        ["google-vertex"] = new("Vertex requires the JSON document of a service account")
        {
            RequiredFields = ["project_id", "private_key", "client_email"],
            OptionalFields = ["region", "bucket"],
        },
        ["azure"] = new("Azure requires a JSON array of objects") { IsArray = true, RequiredFields = ["api_key"] },
        ["amazon-bedrock"] = new("Bedrock accepts a token or a JSON object") { AcceptsToken = true, RequiredFields = ["accessKeyId", "secretAccessKey", "region"] },
        ["openai"] = new("OpenAI accepts a token or a JSON object") { AcceptsToken = true, HoldsRegion = true, RequiredFields = ["api_key", "region"] },
        ["fireworks"] = new("Fireworks accepts a token or a JSON object") { AcceptsToken = true, HoldsRegion = true, RequiredFields = ["api_key", "region"] },
    };

    /// <summary>Whether the provider accepts a plain token too.</summary>
    internal bool AcceptsToken { get; init; }

    /// <summary>Whether the document is an array of objects, and not one object.</summary>
    internal bool IsArray { get; init; }

    /// <summary>Whether the API derives the declared region from the document.</summary>
    internal bool HoldsRegion { get; init; }

    /// <summary>Fields that hold text in each object.</summary>
    internal required string[] RequiredFields { get; init; }

    /// <summary>Optional fields; if present, they hold text.</summary>
    internal string[] OptionalFields { get; init; } = [];

    /// <summary>The document of a provider; <see langword="null"/> if the provider is unknown or takes any token.</summary>
    internal static ProviderDocument? Of(string? provider) =>
        provider is not null && Documents.TryGetValue(provider.Trim(), out ProviderDocument? document) ? document : null;

    internal static bool IsJson(ReadOnlyMemory<byte> key)
    {
        using JsonDocument? document = Parse(key);
        return document is not null;
    }

    /// <summary>The region that a document names; <see langword="null"/> if it names none or is no document.</summary>
    internal static string? ReadRegion(ReadOnlyMemory<byte> key)
    {
        using JsonDocument? document = Parse(key);
        return document?.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("region", out JsonElement region)
            && region.ValueKind == JsonValueKind.String
            ? region.GetString()
            : null;
    }

    /// <summary>The problem of the raw key, to follow its name in a sentence; <see langword="null"/> if there is none.</summary>
    internal string? FindProblem(ReadOnlyMemory<byte> key)
    {
        using JsonDocument? document = Parse(key);
        if (document is null)
        {
            return $"is not valid JSON: {Form}";
        }

        JsonElement root = document.RootElement;
        if (root.ValueKind != (IsArray ? JsonValueKind.Array : JsonValueKind.Object))
        {
            return $"has the wrong format: {Form}";
        }

        JsonElement[] objects = IsArray ? [.. root.EnumerateArray()] : [root];
        return objects.Length == 0 ? $"is an empty array: {Form}" : objects.Select(FindProblem).FirstOrDefault(static problem => problem is not null);
    }

    private string? FindProblem(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return $"has the wrong format: {Form}";
        }

        string[] missing = Array.FindAll(RequiredFields, field => !element.TryGetProperty(field, out JsonElement value) || !IsText(value));
        string[] wrong = Array.FindAll(OptionalFields, field => element.TryGetProperty(field, out JsonElement value) && !IsText(value));
        return missing.Length > 0 ? $"lacks {string.Join(", ", missing)}: {Form}"
            : wrong.Length > 0 ? $"has no valid text in {string.Join(", ", wrong)}: {Form}"
            : null;

        static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String && !value.ValueEquals(ReadOnlySpan<byte>.Empty);
    }

    /// <summary>The document over the same memory: the parser keeps offsets into it and copies none of it.</summary>
    private static JsonDocument? Parse(ReadOnlyMemory<byte> key)
    {
        try
        {
            return JsonDocument.Parse(key);
        }
        catch (JsonException)
        {
            // The parser's message would quote the document.
            return null;
        }
    }
}
