using System.Text.Json.Nodes;

namespace OpenRouter.Byok.Tests.Documents;

/// <summary>The schema of the DSC resource has a property for each row of the table of fields, with the same rules.</summary>
public sealed class DscSchemaTests
{
    /// <summary>Properties of an instance that are not fields of a key.</summary>
    private static readonly string[] Others = ["key", "keyPath", "secret", "vault", "_exist", "_inDesiredState"];

    private static JsonObject Properties { get; } = JsonNode.Parse(File.ReadAllText(
        RepositoryRoot.Combine("src", "OpenRouter.Byok", "Dsc", "OpenRouter.Byok.Key.dsc.resource.json")))!["schema"]!["embedded"]!["properties"]!.AsObject();

    public static TheoryData<string> Fields => [.. KeyFields.All.Select(static row => row.Name)];

    [Fact]
    public void The_properties_are_the_fields_and_the_sources_of_a_raw_key() =>
        Assert.Equal([.. KeyFields.All.Select(field => NameOf(field)), .. Others], Properties.Select(property => property.Key));

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_property_has_the_rules_of_its_field(string name)
    {
        KeyField field = KeyFields.Find(name)!;
        JsonObject property = Properties[NameOf(field)]!.DeepClone().AsObject();
        Assert.NotEmpty((string)property["description"]!);
        property.Remove("description");

        Assert.True(JsonNode.DeepEquals(Expected(field), property), $"{NameOf(field)} is {property.ToJsonString()} and must be {Expected(field).ToJsonString()}.");
    }

    [Fact]
    public void Whatever_gives_a_raw_key_is_write_only() =>
        Assert.All(Others.Where(name => name[0] != '_'), name => Assert.True((bool)Properties[name]!["writeOnly"]!));

    private static string NameOf(KeyField field) => char.ToLowerInvariant(field.Name[0]) + field.Name[1..];

    private static JsonObject Expected(KeyField field)
    {
        var expected = new JsonObject { ["type"] = TypeOf(field) };
        if (field.MaximumLength is { } length)
        {
            expected["maxLength"] = length;
        }

        if (field.Kind == KeyFieldKind.List)
        {
            expected["maxItems"] = field.MaximumEntries;
            expected["items"] = field.HoldsHashes ? new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9a-f]{64}$" } : new JsonObject { ["type"] = "string" };
        }

        if (field.Kind == KeyFieldKind.Time)
        {
            expected["format"] = "date-time";
        }

        if (field.KnownValues.Count > 0)
        {
            // Examples, not an enumeration: unknown values are sent too.
            expected["examples"] = new JsonArray([.. field.KnownValues.Select(value => (JsonNode)value)]);
        }

        // The id cannot be set, but it finds the key.
        if (field.Access == KeyFieldAccess.ReadOnly && field != KeyFields.Id)
        {
            expected["readOnly"] = true;
        }

        return expected;
    }

    private static JsonNode TypeOf(KeyField field)
    {
        string type = field.Kind switch
        {
            KeyFieldKind.Boolean or KeyFieldKind.NullableBoolean => "boolean",
            KeyFieldKind.List => "array",
            KeyFieldKind.Number => "integer",
            _ => "string",
        };
        return field.Kind == KeyFieldKind.Boolean || field == KeyFields.Id ? type : new JsonArray(type, "null");
    }
}
