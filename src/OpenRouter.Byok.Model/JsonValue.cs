using System.Collections;
using System.Globalization;

namespace OpenRouter.Byok;

/// <summary>
/// Values of fields that the module does not know: text, <see cref="bool"/>, numbers, arrays and dictionaries, whether
/// they were given or came in a response.
/// </summary>
internal static class JsonValue
{
    /// <summary>Deeper than any field of the API, but not deep enough to overflow the stack.</summary>
    private const int MaximumDepth = 32;

    /// <summary>The value in the form that a response gives it.</summary>
    /// <exception cref="FormatException">It has no JSON form; the message states the type.</exception>
    internal static object? From(object? value, int depth = 0) => value switch
    {
        _ when depth > MaximumDepth => throw new FormatException($"the value is nested more than {MaximumDepth} levels deep."),
        null or string or bool or long or decimal => value,
        sbyte or byte or short or ushort or int or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        ulong number => number <= long.MaxValue ? (long)number : (decimal)number,
        float or double => Finite(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        char or Guid => value.ToString(),
        DateTime time => time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        IDictionary fields => FromFields(fields, depth),
        IEnumerable items => items.Cast<object?>().Select(item => From(item, depth + 1)).ToArray(),
        _ => throw new FormatException($"a {value.GetType().Name} has no JSON form."),
    };

    /// <summary>Whether two values are the same JSON. Both are in the form that <see cref="From"/> returns.</summary>
    internal static bool AreEqual(object? left, object? right) => (left, right) switch
    {
        (object?[] some, object?[] others) => some.Length == others.Length && some.Zip(others, AreEqual).All(static same => same),
        (IReadOnlyDictionary<string, object?> some, IReadOnlyDictionary<string, object?> others) =>
            some.Count == others.Count && some.All(field => others.TryGetValue(field.Key, out object? other) && AreEqual(field.Value, other)),
        (long or decimal or double, long or decimal or double) when left.GetType() != right.GetType() =>
            Convert.ToDouble(left, CultureInfo.InvariantCulture).Equals(Convert.ToDouble(right, CultureInfo.InvariantCulture)),
        _ => Equals(left, right),
    };

    private static Dictionary<string, object?> FromFields(IDictionary fields, int depth)
    {
        var copy = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (DictionaryEntry field in fields)
        {
            copy[field.Key as string ?? throw new FormatException("a name of a field is not text.")] = From(field.Value, depth + 1);
        }

        return copy;
    }

    private static double Finite(double number) =>
        double.IsNaN(number) || double.IsInfinity(number) ? throw new FormatException("JSON has neither infinity nor NaN.") : number;
}
