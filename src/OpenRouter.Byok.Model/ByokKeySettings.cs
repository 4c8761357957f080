using System.Collections;

namespace OpenRouter.Byok;

/// <summary>
/// The fields of a key to send, each with its value. A field that is not set is unchanged, or has the API's default
/// when a key is created; a field that is set to <see langword="null"/> is cleared.
/// </summary>
public sealed class ByokKeySettings : IEnumerable<KeyValuePair<KeyField, object?>>
{
    /// <summary>The field that holds the raw key, which is never plain text.</summary>
    private const string RawKeyField = "key";

    private readonly Dictionary<KeyField, object?> _values = [];
    private readonly Dictionary<string, object?> _additional = new(StringComparer.Ordinal);

    /// <summary>Whether no field is set.</summary>
    public bool IsEmpty => _values.Count == 0 && _additional.Count == 0;

    /// <summary>The values of fields that the module does not know, by their API names.</summary>
    public IReadOnlyDictionary<string, object?> AdditionalProperties => _additional;

    /// <summary>Sets a field.</summary>
    /// <param name="field">The field.</param>
    /// <param name="value">Its value; <see langword="null"/> clears it.</param>
    /// <returns>These settings.</returns>
    /// <exception cref="ArgumentException">The field cannot be changed.</exception>
    public ByokKeySettings Set<T>(KeyField<T> field, T value) => SetValue(field, value);

    /// <summary>Sets a field whose type is not known here.</summary>
    /// <param name="field">The field.</param>
    /// <param name="value">Its value; <see langword="null"/> clears it.</param>
    /// <returns>These settings.</returns>
    /// <exception cref="ArgumentException">The field cannot be changed, or the value is not of its type.</exception>
    public ByokKeySettings SetValue(KeyField field, object? value)
    {
        if (field is null)
        {
            throw new ArgumentNullException(nameof(field));
        }

        if (field.Access != KeyFieldAccess.CreateAndUpdate)
        {
            throw new ArgumentException($"{field.Name} cannot be changed.", nameof(field));
        }

        _values[field] = field.Accepts(value) ? value : throw new ArgumentException($"The value is not of the type of {field.Name}.", nameof(value));
        return this;
    }

    /// <summary>Sets a field that the module does not know.</summary>
    /// <param name="apiName">The name that the API uses.</param>
    /// <param name="value">Text, a Boolean, a number, a list, a dictionary or <see langword="null"/>.</param>
    /// <returns>These settings.</returns>
    /// <exception cref="FormatException">The field is one that the module knows, or the value has no JSON form.</exception>
    public ByokKeySettings SetAdditional(string apiName, object? value)
    {
        if (string.IsNullOrWhiteSpace(apiName))
        {
            throw new FormatException("the name of a field is blank.");
        }

        if (KeyFields.Find(apiName) is { } known)
        {
            throw new FormatException(known.Access == KeyFieldAccess.ReadOnly ? $"{known.ApiName} cannot be set." : $"{known.ApiName} is set with -{known.Name}.");
        }

        if (apiName.Equals(RawKeyField, StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException("the raw key is not accepted here: give it with -Key or -KeyPath.");
        }

        _additional[apiName] = JsonValue.From(value);
        return this;
    }

    /// <summary>The value of a field.</summary>
    /// <param name="field">The field.</param>
    /// <param name="value">Its value; the default if it is not set.</param>
    /// <returns>Whether it is set.</returns>
    public bool TryGet<T>(KeyField<T> field, out T value)
    {
        bool isSet = TryGetValue(field, out object? boxed);
        value = isSet ? (T)boxed! : default!;
        return isSet;
    }

    /// <summary>The value of a field whose type is not known here.</summary>
    /// <param name="field">The field.</param>
    /// <param name="value">Its value; <see langword="null"/> also if it is not set.</param>
    /// <returns>Whether it is set.</returns>
    public bool TryGetValue(KeyField field, out object? value) => _values.TryGetValue(field, out value);

    /// <summary>The fields that are set, with their values, in the order of <see cref="KeyFields.All"/>.</summary>
    public IEnumerator<KeyValuePair<KeyField, object?>> GetEnumerator()
    {
        foreach (KeyField field in KeyFields.All)
        {
            if (_values.TryGetValue(field, out object? value))
            {
                yield return new KeyValuePair<KeyField, object?>(field, value);
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>What the API would refuse: the field, and why; <see langword="null"/> if there is no problem.</summary>
    public (string Field, string Problem)? FindProblem()
    {
        foreach (KeyValuePair<KeyField, object?> setting in this)
        {
            if (setting.Key.FindProblem(setting.Value) is { } problem)
            {
                return (setting.Key.Name, problem);
            }

            if (setting.Key.CannotCombineWith is { } other && setting.Value is true && _values.TryGetValue(other, out object? value) && value is true)
            {
                return (other.Name, $"{other.Name} and {setting.Key.Name} cannot be combined.");
            }
        }

        return null;
    }

    /// <summary>What would change in a key: each field that is set to another value than the key has.</summary>
    /// <param name="now">The key as it is now.</param>
    public IReadOnlyList<KeyDifference> Differences(ByokKey now)
    {
        if (now is null)
        {
            throw new ArgumentNullException(nameof(now));
        }

        var differences = new List<KeyDifference>();
        foreach (KeyValuePair<KeyField, object?> setting in this)
        {
            Compare(setting.Key.Name, setting.Key.GetValue(now), setting.Value);
        }

        foreach (KeyValuePair<string, object?> additional in _additional)
        {
            object? old = null;
            now.AdditionalProperties?.TryGetValue(additional.Key, out old);
            Compare(additional.Key, old, additional.Value);
        }

        return differences;

        void Compare(string name, object? old, object? value)
        {
            if (!JsonValue.AreEqual(old, value))
            {
                differences.Add(new KeyDifference(name, old, value));
            }
        }
    }
}
