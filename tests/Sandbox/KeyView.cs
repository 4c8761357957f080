namespace OpenRouter.Byok.Sandbox;

/// <summary>
/// The keys of one filter in list order, kept up to date with every change, so that a page costs its own length however
/// many keys there are.
/// </summary>
internal sealed class KeyView(Guid? workspaceId, string? provider)
{
    private readonly List<StoredKey> _keys = [];
    private readonly List<int> _totals = [];

    internal StoredKey? First => _keys.FirstOrDefault();

    internal StoredKey? Last => _keys.LastOrDefault();

    internal bool Holds(SandboxKey key) =>
        (workspaceId is null || key.WorkspaceId is not { } own || own == workspaceId) && (provider is null || key.Provider == provider);

    internal void Add(StoredKey key)
    {
        if (Holds(key.Key))
        {
            _keys.Insert(_keys.Count > 0 && key.Number < _keys[^1].Number ? ~_keys.BinarySearch(key, StoredKey.ByNumber) : _keys.Count, key);
        }
    }

    internal void Remove(StoredKey key)
    {
        if (_keys.BinarySearch(key, StoredKey.ByNumber) is >= 0 and var place)
        {
            _keys.RemoveAt(place);
        }
    }

    /// <summary>How many keys there are, or were so many lists ago.</summary>
    internal int Total(int listsAgo)
    {
        if (listsAgo == 0)
        {
            return _keys.Count;
        }

        _totals.Add(_keys.Count);
        return _totals[Math.Max(0, _totals.Count - 1 - listsAgo)];
    }

    internal SandboxKey[] Page(long offset, int limit, bool newestFirst)
    {
        var page = new SandboxKey[Math.Clamp(_keys.Count - offset, 0, limit)];
        for (var i = 0; i < page.Length; i++)
        {
            var place = (int)offset + i;
            page[i] = _keys[newestFirst ? _keys.Count - 1 - place : place].Shown;
        }

        return page;
    }
}
