using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace OpenRouter.Byok.Sandbox;

/// <summary>
/// The description of the API, and what JSON does not fit it. A request may hold no field that its schema does not name;
/// a response may, because the API grows. Provider slugs are an open set.
/// </summary>
public static class ApiDescription
{
    private static readonly JsonObject _schemas = Load();
    private static readonly ConcurrentDictionary<string, JsonSchema> _built = new();
    private static readonly JsonDocumentOptions _strict = new() { AllowDuplicateProperties = false };
    private static readonly EvaluationOptions _options = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    /// <summary>An object with every field of a schema: null where that is allowed, else false, zero or empty.</summary>
    internal static JsonObject Defaults(string schema) =>
        new(_schemas[schema]!["properties"]!.AsObject().Select(field => KeyValuePair.Create(field.Key, Default(field.Value!["type"]))));

    /// <summary>The problems of JSON text, one line each; empty if it fits the schema.</summary>
    public static IReadOnlyList<string> Problems(string schema, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, _strict);
            var results = _built.GetOrAdd(schema, Build).Evaluate(document.RootElement, _options);
            return
            [
                .. from result in (results.Details ?? []).Append(results)
                   from error in result.Errors ?? []
                   select $"{result.InstanceLocation}: {(error.Key.Length == 0 ? "Unknown field" : error.Value)}",
            ];
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not valid Unicode, such as half of a surrogate pair.
            return [$"Not valid JSON: {unreadable.Message}"];
        }
    }

    /// <summary>The name of the schema of an operation's query.</summary>
    internal static string QuerySchema(ApiOperation operation) => $"{operation}Query";

    private static JsonObject Load()
    {
        using var stream = typeof(ApiDescription).Assembly.GetManifestResourceStream("byok.openapi.json")!;
        using var reader = new StreamReader(stream);
        var document = JsonNode.Parse(reader.ReadToEnd().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal))!;
        var schemas = document["components"]!["schemas"]!.DeepClone().AsObject();
        foreach (var (operation, path) in new[] { (ApiOperation.List, "/byok"), (ApiOperation.ListWorkspaces, "/workspaces") })
        {
            var properties = new JsonObject(document["paths"]![path]!["get"]!["parameters"]!.AsArray()
                .Select(parameter => KeyValuePair.Create((string)parameter!["name"]!, parameter["schema"]?.DeepClone())));

            // A filter takes any text: an unknown provider has no keys.
            properties["provider"]?.ReplaceWith(new JsonObject { ["type"] = "string", ["minLength"] = 1 });
            schemas[QuerySchema(operation)] = new JsonObject { ["properties"] = properties };
        }

        foreach (var (name, schema) in schemas)
        {
            if (name.EndsWith("Request", StringComparison.Ordinal) || name.EndsWith("Query", StringComparison.Ordinal))
            {
                schema!["additionalProperties"] = false;
            }
        }

        var slug = schemas["BYOKProviderSlug"]!.AsObject();
        slug.Remove("enum");
        slug["pattern"] = "^[a-z0-9][a-z0-9._-]*(/[a-z0-9._-]+)*$";
        return schemas;
    }

    private static JsonNode? Default(JsonNode? type) => type is JsonArray ? null : (string?)type switch
    {
        "boolean" => false,
        "integer" or "number" => 0,
        "array" => new JsonArray(),
        _ => "",
    };

    private static JsonSchema Build(string schema) => JsonSchema.Build(
        JsonSerializer.SerializeToElement(new JsonObject
        {
            ["$id"] = $"urn:byok:{schema}",
            ["$ref"] = $"#/$defs/{schema}",
            ["$defs"] = _schemas.DeepClone(),
        }),
        new BuildOptions { SchemaRegistry = new() });
}
