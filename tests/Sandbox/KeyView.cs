namespace OpenRouter.Byok.Sandbox;

/// <summary>
/// The keys of one filter in order of creation, kept up to date with every change, so that a page costs its own
/// length however many keys there are.
/// </summary>
internal sealed class KeyView(Guid? workspaceId, string? provider)
{
    private readonly List<StoredKey> _keys = [];

    private List<int>? _totals;

    internal StoredKey? First => _keys.Count > 0 ? _keys[0] : null;

    internal StoredKey? Last => _keys.Count > 0 ? _keys[^1] : null;

    /// <summary>How many keys there are, or were so many lists ago; the first that asks so begins the count of lists.</summary>
    internal int Total(int listsAgo)
    {
        if (listsAgo == 0)
        {
            return _keys.Count;
        }

        (_totals ??= []).Add(_keys.Count);
        return _totals[Math.Max(0, _totals.Count - 1 - listsAgo)];
    }

    internal bool Holds(SandboxKey key) =>
        (workspaceId is null || key.WorkspaceId is null || key.WorkspaceId == workspaceId)
        && (provider is null || key.Provider == provider);

    internal void Add(StoredKey key)
    {
        if (Holds(key.Key))
        {
            _keys.Insert(_keys.Count > 0 && key.Number < _keys[^1].Number ? Place(key.Number) : _keys.Count, key);
        }
    }

    internal void Remove(StoredKey key)
    {
        var place = Place(key.Number);
        if (place < _keys.Count && _keys[place] == key)
        {
            _keys.RemoveAt(place);
        }
    }

    /// <summary>Where a number is, or would have to be inserted.</summary>
    private int Place(long number)
    {
        var low = 0;
        var high = _keys.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            if (_keys[middle].Number < number)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    internal KeyVersion[] Page(long offset, int limit, bool newestFirst)
    {
        var count = (int)Math.Clamp(_keys.Count - offset, 0, limit);
        var page = new KeyVersion[count];
        for (var i = 0; i < count; i++)
        {
            var index = (int)offset + i;
            page[i] = _keys[newestFirst ? _keys.Count - 1 - index : index].Shown!;
        }

        return page;
    }
}
