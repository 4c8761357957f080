using System.Text.Json;

namespace OpenRouter.Byok.Client;

/// <summary>
/// Reads the objects of one response through a table of fields. The objects of a response have their properties in the
/// same order, so the field that was last found at a position is tried first.
/// </summary>
/// <remarks>
/// A deserializer would make and compile its own code for each type at the first request, which takes longer than the
/// request.
/// </remarks>
internal sealed class RecordReader<TRecord>(IReadOnlyList<FieldReader<TRecord>> fields)
{
    /// <summary>The field at each position of the last object; <see langword="null"/> for one that is not in the table.</summary>
    private readonly List<FieldReader<TRecord>?> _order = [];

    /// <summary>Sets the properties of a record from an object.</summary>
    /// <returns>The values that no property holds, by their names; <see langword="null"/> for none.</returns>
    /// <exception cref="JsonException">It is not an object.</exception>
    internal IReadOnlyDictionary<string, object?>? Read(JsonElement element, TRecord record)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("not an object");
        }

        Dictionary<string, object?>? others = null;
        int position = 0;
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (Find(property, position++)?.Read(record, property.Value) != true)
            {
                // Two names that differ only in control characters become the same; the last one is used, as
                // for a name that occurs twice.
                (others ??= new(StringComparer.Ordinal))[ShownText.MakeVisible(property.Name)] = property.Value.ReadAny();
            }
        }

        return others;
    }

    private FieldReader<TRecord>? Find(JsonProperty property, int position)
    {
        if (position == _order.Count)
        {
            _order.Add(null);
        }

        if (_order[position]?.Matches(property) != true)
        {
            _order[position] = Search(property);
        }

        return _order[position];
    }

    private FieldReader<TRecord>? Search(JsonProperty property)
    {
        foreach (FieldReader<TRecord> field in fields)
        {
            if (field.Matches(property))
            {
                return field;
            }
        }

        return null;
    }
}
