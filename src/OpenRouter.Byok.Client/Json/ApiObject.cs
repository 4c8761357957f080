using System.Globalization;
using System.Text.Json;

namespace OpenRouter.Byok.Client;

/// <summary>
/// One object of an answer, field by field: any may be missing or null, and is then <see langword="null"/> here. It is
/// read out of the parsed document, since a deserializer makes and compiles its own code for each type at the first
/// request, which takes longer than the request.
/// </summary>
internal struct ApiObject
{
    private readonly JsonElement _object;
    private readonly ServerText _text;
    private int _found;

    /// <exception cref="JsonException">It is no object.</exception>
    internal ApiObject(JsonElement element, ServerText text)
    {
        _object = element.ValueKind == JsonValueKind.Object ? element : throw new JsonException("not an object");
        _text = text;
    }

    internal JsonElement? Element(string name)
    {
        if (!_object.TryGetProperty(name, out JsonElement value))
        {
            return null;
        }

        _found++;
        return value.ValueKind == JsonValueKind.Null ? null : value;
    }

    /// <summary>Text as the server sent it, which is fit neither to be kept nor to be shown.</summary>
    internal string? Raw(string name) => Element(name)?.GetString();

    internal string? Text(string name) => _text.Clean(Raw(name));

    internal string? Label(string name) => _text.CleanLabel(Raw(name));

    internal bool? Flag(string name) => Element(name)?.GetBoolean();

    internal long? Number(string name) => Element(name)?.GetInt64();

    internal AllowList? AllowList(string name)
    {
        if (Element(name) is not { } list)
        {
            return null;
        }

        ServerText text = _text;
        return new AllowList(list.EnumerateArray().Select(entry => text.Clean(entry.GetString()) ?? throw new JsonException("null in an allow-list")));
    }

    /// <summary>A time; <see langword="null"/> also for text that is none.</summary>
    internal DateTime? Time(string name) =>
        DateTimeOffset.TryParse(Raw(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time.LocalDateTime
            : null;

    /// <summary>The fields that the model has no property for, to be asked for last; <see langword="null"/> for none.</summary>
    internal readonly Dictionary<string, object?>? Others<TModel>()
    {
        int fields = 0;
        foreach (JsonProperty _ in _object.EnumerateObject())
        {
            fields++;
        }

        return fields != _found && ToFields(_object, Known<TModel>.Names) is { Count: > 0 } others ? others : null;
    }

    private readonly object? ToValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => _text.Clean(value.GetString()),
        JsonValueKind.Number => ToNumber(value),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => ToArray(value),
        JsonValueKind.Object => ToFields(value, []),
        _ => null,
    };

    private static object ToNumber(JsonElement value) =>
        value.TryGetInt64(out long whole) ? whole : value.TryGetDouble(out double number) ? number : value.GetRawText();

    private readonly object?[] ToArray(JsonElement value)
    {
        var items = new List<object?>();
        foreach (JsonElement item in value.EnumerateArray())
        {
            items.Add(ToValue(item));
        }

        return [.. items];
    }

    private readonly Dictionary<string, object?> ToFields(JsonElement value, HashSet<string> except)
    {
        // A name may stand twice in JSON, and two may become the same where control characters were all that told them
        // apart; the last one counts, as everywhere else.
        var fields = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (JsonProperty field in value.EnumerateObject())
        {
            if (!except.Contains(field.Name))
            {
                fields[_text.Clean(field.Name)!] = ToValue(field.Value);
            }
        }

        return fields;
    }

    private static class Known<TModel>
    {
        /// <summary>The API's names of a model's properties.</summary>
        internal static readonly HashSet<string> Names = new(typeof(TModel).GetProperties().Select(static property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)));
    }
}
