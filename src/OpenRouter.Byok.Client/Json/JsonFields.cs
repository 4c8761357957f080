using System.Globalization;
using System.Text.Json;

namespace OpenRouter.Byok.Client;

/// <summary>
/// Reads values of a response. A null, or a number or a time that cannot be read, is <see langword="null"/>. A value
/// of another kind throws <see cref="InvalidOperationException"/>.
/// </summary>
internal static class JsonFields
{
    /// <summary>A field of an object; <see langword="null"/> if it is missing or null.</summary>
    /// <exception cref="JsonException">It is not an object.</exception>
    internal static JsonElement? Field(this JsonElement element, string name) =>
        element.ValueKind != JsonValueKind.Object ? throw new JsonException("not an object")
        : element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value
        : null;

    /// <summary>Text with its control characters made visible.</summary>
    internal static string? ReadText(this JsonElement element) => element.GetString() is { } text ? ShownText.MakeVisible(text) : null;

    internal static bool? ReadBoolean(this JsonElement element) => element.ValueKind == JsonValueKind.Null ? null : element.GetBoolean();

    /// <summary>A whole number, also one that is written as <c>1.0</c> or <c>1e3</c>.</summary>
    internal static long? ReadInteger(this JsonElement element) =>
        element.ValueKind != JsonValueKind.Number ? null
        : element.TryGetInt64(out long number) ? number
        : element.TryGetDecimal(out decimal exact) && exact == decimal.Truncate(exact) && exact is >= long.MinValue and <= long.MaxValue ? (long)exact
        : null;

    internal static double? ReadDouble(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number) ? number : null;

    /// <summary>A time; one without an offset is in UTC.</summary>
    internal static DateTimeOffset? ReadTime(this JsonElement element)
    {
        // The first way, several times as fast, reads a time without an offset as local time: another offset than zero may be that.
        DateTimeOffset time = default;
        bool isUtc = element.ValueKind == JsonValueKind.String && element.TryGetDateTimeOffset(out time) && time.Offset == TimeSpan.Zero;
        return isUtc || DateTimeOffset.TryParse(element.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time)
            ? time.ToLocalTime()
            : null;
    }

    internal static AllowList? ReadAllowList(this JsonElement element) => element.ReadTexts() is { } entries ? new AllowList(entries) : null;

    /// <exception cref="JsonException">An entry is null.</exception>
    internal static IReadOnlyList<string>? ReadTexts(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Null ? null
        : element.EnumerateArray().Select(static entry => entry.ReadText() ?? throw new JsonException("null in a list")).ToArray();

    internal static IReadOnlyList<long>? ReadIntegers(this JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        long?[] numbers = element.EnumerateArray().Select(ReadInteger).ToArray();
        return Array.TrueForAll(numbers, static number => number is not null) ? Array.ConvertAll(numbers, static number => number!.Value) : null;
    }

    /// <summary>A value of any kind, in the form that <see cref="JsonValue"/> describes.</summary>
    internal static object? ReadAny(this JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.ReadText(),
        JsonValueKind.Number => element.TryGetInt64(out long whole) ? whole : element.TryGetDouble(out double number) ? number : element.GetRawText(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => element.EnumerateArray().Select(ReadAny).ToArray(),
        JsonValueKind.Object => ReadFields(element),
        _ => null,
    };

    private static Dictionary<string, object?> ReadFields(JsonElement element)
    {
        var fields = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (JsonProperty property in element.EnumerateObject())
        {
            fields[ShownText.MakeVisible(property.Name)] = property.Value.ReadAny();
        }

        return fields;
    }
}
