using System.Diagnostics.CodeAnalysis;

namespace System.Collections.Generic;

/// <summary>What the sandbox uses of a type that .NET 8 does not have: a dictionary that keeps its entries in order.</summary>
internal sealed class OrderedDictionary<TKey, TValue> : IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : notnull
{
    private readonly List<TKey> _order = [];
    private readonly Dictionary<TKey, TValue> _values = [];

    public int Count => _order.Count;

    public IEnumerable<TValue> Values => _order.Select(key => _values[key]);

    public TValue this[TKey key]
    {
        get => _values[key];
        set
        {
            if (!_values.ContainsKey(key))
            {
                _order.Add(key);
            }

            _values[key] = value;
        }
    }

    public void Add(TKey key, TValue value)
    {
        _values.Add(key, value);
        _order.Add(key);
    }

    public void Clear()
    {
        _order.Clear();
        _values.Clear();
    }

    public bool ContainsKey(TKey key) => _values.ContainsKey(key);

    public KeyValuePair<TKey, TValue> GetAt(int index) => new(_order[index], _values[_order[index]]);

    public TValue? GetValueOrDefault(TKey key) => _values.GetValueOrDefault(key);

    public int IndexOf(TKey key) => _order.IndexOf(key);

    public void Insert(int index, TKey key, TValue value)
    {
        _values.Add(key, value);
        _order.Insert(index, key);
    }

    public bool Remove(TKey key) => Remove(key, out _);

    public bool Remove(TKey key, [MaybeNullWhen(false)] out TValue value) => _values.Remove(key, out value) && _order.Remove(key);

    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value) => _values.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator() => _order.Select(key => new KeyValuePair<TKey, TValue>(key, _values[key])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
