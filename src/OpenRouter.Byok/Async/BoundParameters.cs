using System.Security;

namespace OpenRouter.Byok.Async;

/// <summary>
/// The parameters that are bound for a record, as values that need no engine. Only here "left out" and "given as
/// <c>$null</c>" differ, so cmdlets read their parameters from here and not from their properties.
/// </summary>
/// <param name="values">The bound parameters by name; switches are truth values, text that a switch could not take is a <see cref="Binding.FlagText"/>.</param>
/// <param name="typed">The names that were bound on the command line and not by the pipeline.</param>
/// <param name="input">What came down the pipeline; <see langword="null"/> for nothing.</param>
internal sealed class BoundParameters(
    IReadOnlyDictionary<string, object?> values, IReadOnlyCollection<string> typed, PipedInput? input)
{
    /// <summary>What came down the pipeline; <see langword="null"/> for nothing.</summary>
    internal PipedInput? Input => input;

    /// <summary>The same without what the pipeline bound.</summary>
    internal BoundParameters Typed => new(
        values.Where(value => IsTyped(value.Key)).ToDictionary(value => value.Key, value => value.Value, StringComparer.OrdinalIgnoreCase), typed, input: null);

    /// <summary>Whether a parameter was bound on the command line.</summary>
    internal bool IsTyped(string name) => typed.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a parameter is bound, to whatever value.</summary>
    internal bool TryGet(string name, out object? value) => values.TryGetValue(name, out value);

    /// <summary>Whether a switch is on.</summary>
    internal bool IsOn(string name) => values.TryGetValue(name, out object? value) && value is true;

    /// <summary>A text parameter; <see langword="null"/> where it is left out or blank.</summary>
    internal string? Text(string name) => values.TryGetValue(name, out object? value) && value is string { Length: > 0 } text ? text : null;

    /// <summary>The texts of a parameter that takes several; empty where it is left out.</summary>
    internal IReadOnlyList<string> Texts(string name) =>
        values.TryGetValue(name, out object? value) && value is IEnumerable<string> texts ? texts.Where(text => text.Length > 0).ToArray() : [];

    /// <summary>A number; a default where it is left out.</summary>
    internal ulong Number(string name, ulong otherwise) =>
        values.TryGetValue(name, out object? value) ? Convert.ToUInt64(value, System.Globalization.CultureInfo.InvariantCulture) : otherwise;

    /// <summary>A key parameter; <see langword="null"/> where it is left out.</summary>
    internal SecureString? Secret(string name) => values.TryGetValue(name, out object? value) ? value as SecureString : null;

    /// <summary>The connection that was given; <see langword="null"/> where none was.</summary>
    internal ByokConnection? Connection => values.TryGetValue(nameof(Connection), out object? value) ? value as ByokConnection : null;
}
