namespace OpenRouter.Byok.Sandbox;

/// <summary>
/// The keys of one filter in order of creation, kept up to date with every change, so that a page costs its own
/// length however many keys there are.
/// </summary>
internal sealed class KeyView(Guid? workspaceId, string? provider)
{
    private readonly List<StoredKey> _keys = [];

    internal int Count => _keys.Count;

    internal bool Holds(SandboxKey key) =>
        (workspaceId is null || key.WorkspaceId is null || key.WorkspaceId == workspaceId)
        && (provider is null || key.Provider == provider);

    internal void Add(StoredKey key)
    {
        if (Holds(key.Key))
        {
            _keys.Add(key);
        }
    }

    internal void Remove(StoredKey key)
    {
        var low = 0;
        var high = _keys.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var number = _keys[middle].Number;
            if (number == key.Number)
            {
                _keys.RemoveAt(middle);
                return;
            }

            if (number < key.Number)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }
    }

    internal KeyVersion[] Page(long offset, int limit, bool newestFirst)
    {
        var count = (int)Math.Clamp(_keys.Count - offset, 0, limit);
        var page = new KeyVersion[count];
        for (var i = 0; i < count; i++)
        {
            var index = (int)offset + i;
            page[i] = _keys[newestFirst ? _keys.Count - 1 - index : index].Version;
        }

        return page;
    }
}
