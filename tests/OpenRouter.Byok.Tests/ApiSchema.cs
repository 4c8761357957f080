using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenRouter.Byok.Tests;

/// <summary>The schemas of the API's description, and what JSON does not fit them.</summary>
public static class ApiSchema
{
    private const string ReferencePrefix = "#/components/schemas/";

    // The set of providers is open: its list is a hint, not a rule.
    private const string OpenEnumeration = "BYOKProviderSlug";

    private static readonly JsonElement _schemas = Load();

    /// <summary>Fails the test where the JSON does not fit the schema.</summary>
    public static void AssertValid(string schema, string json)
    {
        var problems = Problems(schema, json);
        Assert.True(problems.Count == 0, $"This is no {schema}:\n{string.Join('\n', problems)}\n{json}");
    }

    /// <summary>
    /// What is wrong with the JSON, one line each. A request may hold no field that its schema does not name;
    /// a response may, because the API grows.
    /// </summary>
    public static IReadOnlyList<string> Problems(string schema, string json)
    {
        var problems = new List<string>();
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new() { AllowDuplicateProperties = false });
        }
        catch (JsonException broken)
        {
            return [$"$: {broken.Message}"];
        }

        using (document)
        {
            var closed = schema.EndsWith("Request", StringComparison.Ordinal);
            Check(_schemas.GetProperty(schema), document.RootElement, "$", closed, openEnumeration: false, problems);
        }

        return problems;
    }

    private static JsonElement Load()
    {
        using var stream = typeof(ApiSchema).Assembly.GetManifestResourceStream("byok.openapi.json")!;
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.GetProperty("components").GetProperty("schemas").Clone();
    }

    private static void Check(
        JsonElement schema, JsonElement value, string path, bool closed, bool openEnumeration, List<string> problems)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            var name = reference.GetString()![ReferencePrefix.Length..];
            Check(_schemas.GetProperty(name), value, path, closed, name == OpenEnumeration, problems);
        }

        if (schema.TryGetProperty("allOf", out var all))
        {
            foreach (var part in all.EnumerateArray())
            {
                Check(part, value, path, closed: false, openEnumeration, problems);
            }
        }

        if (schema.TryGetProperty("type", out var type) && !FitsType(type, value))
        {
            problems.Add($"{path}: expected {type}, found {value.ValueKind}");
            return;
        }

        if (schema.TryGetProperty("const", out var constant) && !JsonElement.DeepEquals(constant, value))
        {
            problems.Add($"{path}: expected {constant}, found {value}");
        }

        if (!openEnumeration
            && schema.TryGetProperty("enum", out var choices)
            && !choices.EnumerateArray().Any(choice => JsonElement.DeepEquals(choice, value)))
        {
            problems.Add($"{path}: {value} is none of {choices}");
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                CheckObject(schema, value, path, closed, problems);
                break;
            case JsonValueKind.Array:
                CheckArray(schema, value, path, closed, problems);
                break;
            case JsonValueKind.String:
                CheckString(schema, value.GetString()!, path, problems);
                break;
            default:
                break;
        }
    }

    private static bool FitsType(JsonElement type, JsonElement value) => type.ValueKind == JsonValueKind.Array
        ? type.EnumerateArray().Any(one => FitsType(one, value))
        : type.GetString() switch
        {
            "null" => value.ValueKind == JsonValueKind.Null,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "string" => value.ValueKind == JsonValueKind.String,
            "number" => value.ValueKind == JsonValueKind.Number,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "array" => value.ValueKind == JsonValueKind.Array,
            "object" => value.ValueKind == JsonValueKind.Object,
            var other => throw new NotSupportedException($"The type {other} is not known here."),
        };

    private static void CheckObject(JsonElement schema, JsonElement value, string path, bool closed, List<string> problems)
    {
        if (schema.TryGetProperty("required", out var required))
        {
            problems.AddRange(
                from name in required.EnumerateArray()
                where !value.TryGetProperty(name.GetString()!, out _)
                select $"{path}.{name}: is missing");
        }

        if (!schema.TryGetProperty("properties", out var properties))
        {
            return;
        }

        foreach (var property in value.EnumerateObject())
        {
            if (properties.TryGetProperty(property.Name, out var propertySchema))
            {
                Check(propertySchema, property.Value, $"{path}.{property.Name}", closed, openEnumeration: false, problems);
            }
            else if (closed)
            {
                problems.Add($"{path}.{property.Name}: is not a field of the API");
            }
        }
    }

    private static void CheckArray(JsonElement schema, JsonElement value, string path, bool closed, List<string> problems)
    {
        var count = value.GetArrayLength();
        CheckRange(schema, "minItems", "maxItems", count, path, problems);
        if (schema.TryGetProperty("items", out var items))
        {
            var index = 0;
            foreach (var item in value.EnumerateArray())
            {
                Check(items, item, string.Create(CultureInfo.InvariantCulture, $"{path}[{index++}]"), closed, openEnumeration: false, problems);
            }
        }
    }

    private static void CheckString(JsonElement schema, string value, string path, List<string> problems)
    {
        CheckRange(schema, "minLength", "maxLength", value.EnumerateRunes().Count(), path, problems);
        if (schema.TryGetProperty("pattern", out var pattern)
            && !Regex.IsMatch(value, pattern.GetString()!, RegexOptions.ECMAScript, TimeSpan.FromSeconds(1)))
        {
            problems.Add($"{path}: '{value}' does not match {pattern}");
        }

        if (schema.TryGetProperty("format", out var format)
            && format.ValueEquals("uuid")
            && !Guid.TryParseExact(value, "D", out _))
        {
            problems.Add($"{path}: '{value}' is no uuid");
        }
    }

    private static void CheckRange(JsonElement schema, string least, string most, int found, string path, List<string> problems)
    {
        if (schema.TryGetProperty(least, out var minimum) && found < minimum.GetInt32())
        {
            problems.Add($"{path}: {least} is {minimum}, found {found}");
        }

        if (schema.TryGetProperty(most, out var maximum) && found > maximum.GetInt32())
        {
            problems.Add($"{path}: {most} is {maximum}, found {found}");
        }
    }
}
