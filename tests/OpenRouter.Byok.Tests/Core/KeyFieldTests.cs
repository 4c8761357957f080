using System.Text.Json;
using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Tests.Core;

/// <summary>Compares the table of fields with the API's description: no field can be missing, or differ from its description.</summary>
public sealed class KeyFieldTests
{
    private const string Id = "11111111-2222-3333-4444-555555555555";

    /// <summary>The field of a request that is not a field of a key.</summary>
    private const string RawKey = "key";

    private static readonly JsonElement Schemas = LoadSchemas();

    public static TheoryData<string> Fields => [.. KeyFields.All.Select(static row => row.ApiName)];

    public static TheoryData<string> SettableFields =>
        [.. KeyFields.All.Where(static row => row.Access == KeyFieldAccess.CreateAndUpdate).Select(static row => row.ApiName)];

    [Fact]
    public void The_table_has_the_fields_of_the_API_and_the_properties_of_a_key()
    {
        Assert.Equal(
            PropertiesOf("BYOKKey").Keys.Order(StringComparer.Ordinal),
            KeyFields.All.Select(field => field.ApiName).Order(StringComparer.Ordinal));
        Assert.Equal(
            typeof(ByokKey).GetProperties().Select(property => property.Name).Where(name => name is not (nameof(ByokKey.AdditionalProperties) or nameof(ByokKey.State))),
            KeyFields.All.Select(field => field.Name));
        Assert.Equal(
            typeof(KeyFields).GetProperties().Where(property => typeof(KeyField).IsAssignableFrom(property.PropertyType)).Select(property => (KeyField)property.GetValue(null)!),
            KeyFields.All);
    }

    [Fact]
    public void The_fields_that_can_be_sent_are_those_of_the_requests()
    {
        Assert.Equal(
            PropertiesOf("CreateBYOKKeyRequest").Keys.Where(name => name != RawKey).Order(StringComparer.Ordinal),
            Named(field => field.Access != KeyFieldAccess.ReadOnly));
        Assert.Equal(
            PropertiesOf("UpdateBYOKKeyRequest").Keys.Where(name => name != RawKey).Order(StringComparer.Ordinal),
            Named(field => field.Access == KeyFieldAccess.CreateAndUpdate));

        static IEnumerable<string> Named(Func<KeyField, bool> filter) => KeyFields.All.Where(filter).Select(field => field.ApiName).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void No_property_of_a_key_or_a_workspace_can_be_set_from_outside()
    {
        Assert.All(
            typeof(ByokKey).GetProperties().Concat(typeof(ByokWorkspace).GetProperties()),
            property => Assert.False(property.SetMethod?.IsPublic == true, property.Name));
        Assert.Empty(typeof(ByokKey).GetConstructors());
        Assert.Empty(typeof(ByokWorkspace).GetConstructors());
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void The_kind_of_a_field_is_the_type_in_the_API(string apiName)
    {
        KeyField field = FieldOf(apiName);
        JsonElement schema = PropertiesOf("BYOKKey")[apiName];
        (string type, bool isNullable) = TypeOf(schema);
        Assert.Equal(
            field.Kind switch
            {
                KeyFieldKind.Text or KeyFieldKind.Time => "string",
                KeyFieldKind.Boolean or KeyFieldKind.NullableBoolean => "boolean",
                KeyFieldKind.List => "array",
                _ => "integer",
            },
            type);
        if (type == "boolean")
        {
            Assert.Equal(isNullable, field.Kind == KeyFieldKind.NullableBoolean);
        }
    }

    [Theory]
    [MemberData(nameof(SettableFields))]
    public void The_limits_of_a_field_are_those_of_the_API(string apiName)
    {
        KeyField field = FieldOf(apiName);
        foreach (string request in new[] { "CreateBYOKKeyRequest", "UpdateBYOKKeyRequest" })
        {
            JsonElement schema = PropertiesOf(request)[apiName];
            Assert.Equal(TypeOf(schema).IsNullable, field.IsClearable);
            Assert.Equal(Limit(schema, "maxLength"), field.MaximumLength);
            Assert.Equal(Limit(schema, "maxItems"), field.MaximumEntries);
            Assert.Equal(
                schema.TryGetProperty("items", out JsonElement items) && items.TryGetProperty("pattern", out JsonElement pattern) ? pattern.GetString() : null,
                field.HoldsHashes ? "^[a-f0-9]{64}$" : null);
            Assert.Equal(
                schema.TryGetProperty("examples", out JsonElement examples) ? examples.EnumerateArray().Select(example => example.GetString()!) : [],
                field.KnownValues);
        }

        static int? Limit(JsonElement schema, string name) => schema.TryGetProperty(name, out JsonElement limit) ? limit.GetInt32() : null;
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_field_is_read_into_its_property_alone(string apiName)
    {
        KeyField field = FieldOf(apiName);
        foreach (object value in ValuesOf(field))
        {
            ByokKey key = ReadKey($$"""{"id":"{{Id}}","{{apiName}}":{{ToJson(value)}}}""");
            Assert.Equal(value, field.GetValue(key));
            Assert.Equal(value, typeof(ByokKey).GetProperty(field.Name)!.GetValue(key));
            Assert.Null(key.AdditionalProperties);
            ByokKey empty = ReadKey($$"""{"id":"{{Id}}"}""");
            Assert.All(KeyFields.All.Where(other => other != field && other != KeyFields.Id), other => Assert.Equal(other.GetValue(empty), other.GetValue(key)));
        }
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_field_that_is_null_or_missing_is_the_default(string apiName)
    {
        KeyField field = FieldOf(apiName);
        if (field == KeyFields.Id)
        {
            Assert.Throws<JsonException>(() => ReadKey("{}"));
            Assert.Throws<JsonException>(() => ReadKey("""{"id":null}"""));
            return;
        }

        object? missing = field.Kind == KeyFieldKind.Boolean ? false : null;
        Assert.Equal(missing, field.GetValue(ReadKey($$"""{"id":"{{Id}}"}""")));
        ByokKey withNull = ReadKey($$"""{"id":"{{Id}}","{{apiName}}":null}""");
        Assert.Equal(missing, field.GetValue(withNull));
        Assert.Null(withNull.AdditionalProperties);
    }

    [Theory]
    [MemberData(nameof(SettableFields))]
    public void A_field_is_sent_with_its_value_and_cleared_with_null(string apiName)
    {
        KeyField field = FieldOf(apiName);
        foreach (object value in ValuesOf(field))
        {
            AssertSends($"\"{apiName}\":{ToJson(value)}", new ByokKeySettings().SetValue(field, value));
        }

        if (field.IsClearable)
        {
            AssertSends($"\"{apiName}\":null", new ByokKeySettings().SetValue(field, null));
        }
        else
        {
            Assert.Throws<ArgumentException>(() => new ByokKeySettings().SetValue(field, null));
        }
    }

    [Theory]
    [MemberData(nameof(SettableFields))]
    public void A_field_differs_where_another_value_is_set(string apiName)
    {
        KeyField field = FieldOf(apiName);
        object?[] values = field.IsClearable ? [.. ValuesOf(field), null] : [.. ValuesOf(field)];
        foreach (object? old in values)
        {
            ByokKey now = ReadKey($$"""{"id":"{{Id}}","{{apiName}}":{{ToJson(old)}}}""");
            Assert.Empty(new ByokKeySettings().Differences(now));
            foreach (object? value in values)
            {
                // A list of its own, so that it is not the same object.
                object? copy = value is AllowList list ? new AllowList(list) : value;
                IReadOnlyList<KeyDifference> differences = new ByokKeySettings().SetValue(field, copy).Differences(now);
                if (Equals(old, value))
                {
                    Assert.Empty(differences);
                }
                else
                {
                    Assert.Equal(new KeyDifference(field.Name, old, value), Assert.Single(differences));
                    Assert.Matches($"^{field.Name} from .+ to .+$", differences[0].ToString());
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(SettableFields))]
    public void A_value_beyond_the_limits_is_a_problem_of_its_field(string apiName)
    {
        KeyField field = FieldOf(apiName);
        object[] wrong = field.Kind switch
        {
            KeyFieldKind.Text when field.MaximumLength is { } most => [new string('n', most + 1)],
            KeyFieldKind.List when field.HoldsHashes => [new AllowList([]), Hashes(field.MaximumEntries!.Value + 1), new AllowList([new string('A', 64)]), new AllowList(["abc"])],
            KeyFieldKind.List => [new AllowList([]), Hashes(field.MaximumEntries!.Value + 1)],
            _ => [],
        };
        Assert.All(wrong, value => Assert.Equal(field.Name, new ByokKeySettings().SetValue(field, value).FindProblem()?.Field));
        Assert.All(ValuesOf(field), value => Assert.Null(new ByokKeySettings().SetValue(field, value).FindProblem()));

        // A pair of surrogates is one character.
        if (field.MaximumLength is { } longest)
        {
            Assert.Null(new ByokKeySettings().SetValue(field, string.Concat(Enumerable.Repeat("😀", longest))).FindProblem());
        }

        static AllowList Hashes(int count) => new(Enumerable.Repeat(new string('a', 64), count));
    }

    [Fact]
    public void Two_fields_that_cannot_be_combined_are_a_problem_where_both_are_true()
    {
        KeyField field = Assert.Single(KeyFields.All, row => row.CannotCombineWith is not null);
        Assert.Equal((KeyFields.IsByokOnly, (KeyField?)KeyFields.IsFallback), (field, field.CannotCombineWith));
        Assert.Equal(
            ("IsFallback", "IsFallback and IsByokOnly cannot be combined."),
            new ByokKeySettings().Set(KeyFields.IsByokOnly, true).Set(KeyFields.IsFallback, true).FindProblem());
        Assert.Null(new ByokKeySettings().Set(KeyFields.IsByokOnly, true).Set(KeyFields.IsFallback, false).FindProblem());
        Assert.Null(new ByokKeySettings().Set(KeyFields.IsByokOnly, true).FindProblem());
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_field_of_the_table_is_no_additional_property(string apiName)
    {
        KeyField field = FieldOf(apiName);
        Assert.All(
            new[] { field.ApiName, field.Name, field.ApiName.ToUpperInvariant() },
            name => Assert.Throws<FormatException>(() => new ByokKeySettings().SetAdditional(name, "x")));
        if (field.Access != KeyFieldAccess.CreateAndUpdate)
        {
            Assert.Throws<ArgumentException>(() => new ByokKeySettings().SetValue(field, "x"));
        }
    }

    [Fact]
    public void The_settings_come_in_the_order_of_the_table()
    {
        var settings = new ByokKeySettings();
        foreach (KeyField field in KeyFields.All.Where(field => field.Access == KeyFieldAccess.CreateAndUpdate).Reverse())
        {
            settings.SetValue(field, ValuesOf(field)[0]);
        }

        Assert.Equal(KeyFields.All.Where(field => field.Access == KeyFieldAccess.CreateAndUpdate), settings.Select(setting => setting.Key));
    }

    [Fact]
    public void An_additional_property_is_sent_compared_and_kept()
    {
        var nested = new System.Collections.Hashtable { ["deep"] = new object?[] { 1, 2.5, null, "text", true } };
        ByokKeySettings settings = new ByokKeySettings().Set(KeyFields.Disabled, true).SetAdditional("weight", 7).SetAdditional("policy", nested).SetAdditional("gone", null);
        using RequestBody body = RequestBody.ForUpdate(new UpdateByokKeyRequest { Settings = settings }, key: null);
        Assert.Equal("""{"disabled":true,"weight":7,"policy":{"deep":[1,2.5,null,"text",true]},"gone":null}""", Text(body));

        ByokKey same = ReadKey($$$"""{"id":"{{{Id}}}","disabled":true,"weight":7.0,"policy":{"deep":[1,2.5,null,"text",true]}}""");
        Assert.Empty(settings.Differences(same));
        ByokKey other = ReadKey($$"""{"id":"{{Id}}","disabled":true,"weight":7,"policy":{"deep":[1,2.5,null,"text"]},"gone":0}""");
        Assert.Equal(["policy", "gone"], settings.Differences(other).Select(difference => difference.Name));
        Assert.Equal("gone from 0 to (none)", settings.Differences(other)[1].ToString());
    }

    [Theory]
    [InlineData("key")]
    [InlineData("KEY")]
    [InlineData(" ")]
    public void The_raw_key_and_a_blank_name_are_no_additional_properties(string name) =>
        Assert.Throws<FormatException>(() => new ByokKeySettings().SetAdditional(name, "x"));

    [Fact]
    public void A_value_without_a_JSON_form_is_no_additional_property()
    {
        object endless = new object[1];
        ((object[])endless)[0] = endless;
        Assert.All(
            new[] { new object(), double.NaN, float.PositiveInfinity, new System.Security.SecureString(), new Dictionary<int, int> { [1] = 1 }, endless },
            value => Assert.Throws<FormatException>(() => new ByokKeySettings().SetAdditional("new", value)));
    }

    [Fact]
    public void A_field_that_is_named_like_a_property_of_the_model_is_kept()
    {
        ByokKey key = ReadKey($$"""{"id":"{{Id}}","additional_properties":{"a":1},"AdditionalProperties":2,"Name":"other"}""");
        Assert.Equal(["additional_properties", "AdditionalProperties", "Name"], key.AdditionalProperties!.Keys);
        Assert.Null(key.Name);
    }

    [Fact]
    public void The_order_of_the_properties_may_change_from_one_object_to_the_next()
    {
        const string page = """
            {"data":[
              {"id":"1","name":"a","new":1,"disabled":true},
              {"disabled":true,"new":2,"name":"b","id":"2"},
              {"name":"x","id":"3","name":"c"},
              {"\u0069d":"4","provider":"p","n\u0061me":"d","disabled":true,"label":"l"}]}
            """;
        IReadOnlyList<ByokKey> keys = ResponseReader.Read(System.Text.Encoding.UTF8.GetBytes(page), ResponseReader.ToKeyPage).Items;
        Assert.Equal([("1", "a", true), ("2", "b", true), ("3", "c", false), ("4", "d", true)], keys.Select(key => (key.Id, key.Name!, key.Disabled)));
        Assert.Equal([1L, 2L, null, null], keys.Select(key => key.AdditionalProperties?["new"]));
        Assert.Equal(("p", "l"), (keys[3].Provider, keys[3].Label));
    }

    private static void AssertSends(string expected, ByokKeySettings settings)
    {
        using RequestBody update = RequestBody.ForUpdate(new UpdateByokKeyRequest { Settings = settings }, key: null);
        Assert.Equal($"{{{expected}}}", Text(update));
        ApiSchema.AssertValid("UpdateBYOKKeyRequest", Text(update));
        using var secret = new UnmanagedSecret(SandboxAccount.Secure("sk-abcdefghijkl"));
        using RequestBody create = RequestBody.ForCreate(new CreateByokKeyRequest { Provider = "openai", Key = SandboxAccount.Secure("unused"), Settings = settings }, secret);
        Assert.Equal($$"""{"provider":"openai",{{expected}},"key":"sk-abcdefghijkl"}""", Text(create));
        ApiSchema.AssertValid("CreateBYOKKeyRequest", Text(create));
    }

    private static ByokKey ReadKey(string json) =>
        ResponseReader.Read(System.Text.Encoding.UTF8.GetBytes($$"""{"data":{{json}}}"""), ResponseReader.ToKey);

    private static string Text(RequestBody body) => System.Text.Encoding.UTF8.GetString(body.Bytes.Span);

    private static KeyField FieldOf(string apiName) => KeyFields.All.Single(field => field.ApiName == apiName);

    /// <summary>Distinct values that a field can have.</summary>
    private static object[] ValuesOf(KeyField field) => field.Kind switch
    {
        KeyFieldKind.Boolean or KeyFieldKind.NullableBoolean => [true, false],
        KeyFieldKind.List when field.HoldsHashes => [new AllowList([new string('0', 64)]), new AllowList([new string('f', 64), new string('0', 64)])],
        KeyFieldKind.List => [new AllowList(["a/b"]), new AllowList(["a/b", "c;d"]), new AllowList(["c;d", "a/b"])],
        KeyFieldKind.Number => [0L, 7L, -1L, 3_000_000_000L, long.MaxValue],
        KeyFieldKind.Time => [new DateTimeOffset(2026, 11, 13, 1, 2, 3, TimeSpan.Zero).ToLocalTime(), new DateTimeOffset(1999, 1, 1, 0, 0, 0, TimeSpan.Zero).ToLocalTime()],
        _ => [$"some {field.Name}", "é 😀", "[redacted]"],
    };

    private static string ToJson(object? value) => value switch
    {
        DateTimeOffset time => JsonSerializer.Serialize(time.ToUniversalTime()),
        AllowList list => JsonSerializer.Serialize(list.ToArray()),
        _ => JsonSerializer.Serialize(value),
    };

    private static Dictionary<string, JsonElement> PropertiesOf(string schema) =>
        Schemas.GetProperty(schema).GetProperty("properties").EnumerateObject().ToDictionary(property => property.Name, property => property.Value);

    private static (string Type, bool IsNullable) TypeOf(JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out JsonElement reference))
        {
            return TypeOf(Schemas.GetProperty(reference.GetString()!.Split('/')[^1]));
        }

        JsonElement type = schema.GetProperty("type");
        string[] types = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(entry => entry.GetString()!)] : [type.GetString()!];
        return (types.Single(name => name != "null"), types.Contains("null"));
    }

    private static JsonElement LoadSchemas()
    {
        using Stream stream = typeof(KeyFieldTests).Assembly.GetManifestResourceStream("byok.openapi.json")!;
        using JsonDocument document = JsonDocument.Parse(stream);
        return document.RootElement.GetProperty("components").GetProperty("schemas").Clone();
    }
}
