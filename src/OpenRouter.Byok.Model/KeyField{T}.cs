namespace OpenRouter.Byok;

/// <summary>A field of a key, with the type of its value.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
public sealed class KeyField<T> : KeyField
{
    private readonly Func<ByokKey, T> _get;
    private readonly Action<ByokKey, T> _set;

    internal KeyField(string name, string apiName, Func<ByokKey, T> get, Action<ByokKey, T> set)
        : base(name, apiName)
    {
        _get = get;
        _set = set;
    }

    /// <inheritdoc/>
    public override KeyFieldKind Kind { get; } =
        typeof(T) == typeof(bool) ? KeyFieldKind.Boolean
        : typeof(T) == typeof(bool?) ? KeyFieldKind.NullableBoolean
        : typeof(T) == typeof(AllowList) ? KeyFieldKind.List
        : typeof(T) == typeof(long?) ? KeyFieldKind.Number
        : typeof(T) == typeof(DateTimeOffset?) ? KeyFieldKind.Time
        : KeyFieldKind.Text;

    /// <summary>The value that a key has.</summary>
    /// <param name="key">The key.</param>
    public T Get(ByokKey key) => _get(key);

    /// <inheritdoc/>
    public override object? GetValue(ByokKey key) => _get(key);

    /// <summary>Sets the value of a response in a key.</summary>
    internal void Set(ByokKey key, T value) => _set(key, value);

    internal override bool Accepts(object? value) => value is T || (value is null && IsClearable);
}
