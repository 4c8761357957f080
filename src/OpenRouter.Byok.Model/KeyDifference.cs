using System.Globalization;

namespace OpenRouter.Byok;

/// <summary>A field whose value would change.</summary>
/// <param name="Name">The field: <see cref="KeyField.Name"/>, or the API's name of an additional property.</param>
/// <param name="Old">The value that the key has.</param>
/// <param name="New">The value to send; <see langword="null"/> clears the field.</param>
public sealed record KeyDifference(string Name, object? Old, object? New)
{
    /// <summary>The change as text: <c>Name from 'old' to 'new'</c>. It has no control characters.</summary>
    public override string ToString() => $"{Name} from {Show(Old)} to {Show(New)}";

    internal static string Show(object? value) => value switch
    {
        null => "(none)",
        string text => $"'{ShownText.MarkInvisible(text)}'",
        AllowList list => ShownText.MakeVisible(list.ToString()),
        object?[] list => $"[{string.Join(", ", list.Select(Show))}]",
        IReadOnlyDictionary<string, object?> fields => $"{{{string.Join(", ", fields.Select(static field => $"{ShownText.MakeVisible(field.Key)}: {Show(field.Value)}"))}}}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
