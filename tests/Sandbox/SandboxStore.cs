using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace OpenRouter.Byok.Sandbox;

/// <summary>A workspace of the account.</summary>
public sealed record SandboxWorkspace(Guid Id, string Name, DateTimeOffset CreatedAt)
{
    /// <summary>The object that the API shows.</summary>
    internal JsonObject ToJson()
    {
        var workspace = ApiDescription.Defaults("Workspace");
        workspace["id"] = Id.ToString();
        workspace["default_guardrail_id"] = Id.ToString();
        workspace["name"] = Name;
        workspace["slug"] = string.Concat(Name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-'));
        workspace["created_at"] = SandboxJson.Timestamp(CreatedAt);
        return workspace;
    }
}

/// <summary>How keys are seeded; the same options give the same keys.</summary>
public sealed record SeedOptions
{
    /// <summary>The providers, in turn.</summary>
    public IReadOnlyList<string> Providers { get; init; } =
        ["openai", "anthropic", "azure", "amazon-bedrock", "google-vertex", "mistral", "groq", "deepseek"];

    /// <summary>The workspaces, in turn; empty means the default workspace alone.</summary>
    public IReadOnlyList<Guid> WorkspaceIds { get; init; } = [];

    /// <summary>Every n-th key is global; 0 means none is.</summary>
    public int GlobalEvery { get; init; }

    /// <summary>Every n-th key has no name; 0 means each has one.</summary>
    public int NamelessEvery { get; init; }
}

/// <summary>The data of the account. Safe to use from any thread while the server runs.</summary>
public sealed class SandboxStore
{
    private static readonly DateTimeOffset _seedStart = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;

    // The stored keys, and the keys that reads show, both in list order; they differ only in late effects.
    private readonly OrderedDictionary<Guid, SandboxKey> _live = [];
    private readonly OrderedDictionary<Guid, SandboxKey> _shown = [];
    private readonly List<PendingEffect> _pending = [];
    private readonly Dictionary<(Guid? Workspace, string? Provider), List<int>> _totals = [];
    private readonly Dictionary<(Guid? Workspace, string Provider), int> _sortOrders = [];
    private readonly List<SandboxWorkspace> _workspaces = [];
    private readonly HashSet<string> _apiKeyHashes = new(StringComparer.Ordinal);
    private int _lists;
    private int _seeded;

    internal SandboxStore(TimeProvider time)
    {
        _time = time;
        Clear();
    }

    public Guid DefaultWorkspaceId { get; } = DeterministicId("workspace:Default");

    /// <summary>The workspaces, oldest first.</summary>
    public IReadOnlyList<SandboxWorkspace> Workspaces => Locked(_workspaces.ToArray);

    /// <summary>The keys of every workspace, in list order.</summary>
    public IReadOnlyList<SandboxKey> Keys => List();

    /// <summary>How many keys there are, in every workspace.</summary>
    public int Count => Locked(() => _live.Count);

    /// <summary>Adds keys that are the same in every run; a second call adds others.</summary>
    public void Seed(int count, SeedOptions? options = null)
    {
        options ??= new();
        using var scope = Enter();
        for (var last = _seeded + count; _seeded < last;)
        {
            var number = ++_seeded;
            var provider = options.Providers[(number - 1) % options.Providers.Count];
            Add(NewKey(provider, $"sk-{provider.Replace('/', '-')}-{number:D6}-{Hash($"key:{number}")[..16]}") with
            {
                Id = DeterministicId($"key:{number}"),
                WorkspaceId = IsNth(number, options.GlobalEvery) ? null
                    : options.WorkspaceIds.Count == 0 ? DefaultWorkspaceId
                    : options.WorkspaceIds[(number - 1) % options.WorkspaceIds.Count],
                Name = IsNth(number, options.NamelessEvery) ? null : $"{provider} key {number:D5}",
                CreatedAt = _seedStart.AddMinutes(number),
            });
        }

        static bool IsNth(int number, int every) => every > 0 && number % every == 0;
    }

    /// <summary>Adds a key to the default workspace; <paramref name="with"/> changes other fields.</summary>
    public SandboxKey Add(string provider, string rawKey, string? name = null, Func<SandboxKey, SandboxKey>? with = null)
    {
        var key = NewKey(provider, rawKey) with { Name = name };
        return Add(with is null ? key : with(key));
    }

    public bool Remove(Guid id) => Remove(id, null);

    /// <summary>Changes a key; null if there is none.</summary>
    public SandboxKey? Update(Guid id, Func<SandboxKey, SandboxKey> change) => Update(id, change, null);

    /// <summary>The key, or null if there is none.</summary>
    public SandboxKey? Find(Guid id) => Locked(() => _live.GetValueOrDefault(id));

    /// <summary>The keys of a workspace (global ones included), in list order; null means any.</summary>
    public IReadOnlyList<SandboxKey> List(Guid? workspaceId = null) => Locked(() => Filter(_live, workspaceId, null).ToArray());

    /// <summary>The raw key that is stored now; null if there is no such key.</summary>
    public string? RawKey(Guid id) => Find(id)?.RawKey;

    /// <summary>Makes every pending effect happen now.</summary>
    public void ApplyPending()
    {
        using var scope = Enter();
        Apply(_ => true);
    }

    public SandboxWorkspace AddWorkspace(string name)
    {
        using var scope = Enter();

        // The help shows the id: the same name gives the same one as long as it is given once.
        var id = DeterministicId($"workspace:{name}");
        _workspaces.Add(new(_workspaces.Exists(workspace => workspace.Id == id) ? Guid.NewGuid() : id, name, Now()));
        return _workspaces[^1];
    }

    /// <summary>Gives the account an API key and returns the hash that <c>allowed_api_key_hashes</c> may name.</summary>
    public string AddApiKey(string? apiKey = null)
    {
        using var scope = Enter();
        var hash = Hash(apiKey ?? Guid.NewGuid().ToString());
        _apiKeyHashes.Add(hash);
        return hash;
    }

    /// <summary>Resets to an account with one empty workspace.</summary>
    internal void Clear()
    {
        using var scope = Enter();
        _live.Clear();
        _shown.Clear();
        _pending.Clear();
        _totals.Clear();
        _sortOrders.Clear();
        _workspaces.Clear();
        _apiKeyHashes.Clear();
        _lists = _seeded = 0;
        _workspaces.Add(new(DefaultWorkspaceId, "Default", _seedStart));
    }

    /// <summary>Adds a key that is the same in every run: its id follows from its provider and name.</summary>
    internal SandboxKey AddNamed(string provider, string rawKey, string name, Func<SandboxKey, SandboxKey> with) => Add(
        provider, rawKey, name, key => with(key with { Id = DeterministicId($"key:{provider}/{name}"), CreatedAt = _seedStart }));

    internal bool HasApiKey(string hash) => Locked(() => _apiKeyHashes.Contains(hash));

    /// <summary>What reads show of a key.</summary>
    internal SandboxKey? Shown(Guid id) => Locked(() => _shown.GetValueOrDefault(id));

    /// <summary>A key with the defaults of the API, which is not stored.</summary>
    internal SandboxKey NewKey(string provider, string rawKey) => new(ApiDescription.Defaults("BYOKKey"))
    {
        Id = Guid.NewGuid(),
        Provider = provider,
        WorkspaceId = DefaultWorkspaceId,
        Label = KeyLabel.Mask(rawKey),
        RawKey = rawKey,
        CreatedAt = Now(),
    };

    internal SandboxKey Add(SandboxKey key, Lateness? late = null)
    {
        using var scope = Enter();
        var sortOrder = _sortOrders.GetValueOrDefault(key.Place);
        _sortOrders[key.Place] = sortOrder + 1;
        var added = key with { SortOrder = sortOrder };
        Perform(late, () => _live.Add(added.Id, added), () =>
        {
            if (_live.TryGetValue(added.Id, out var stored))
            {
                _shown.Add(added.Id, stored);
            }
        });
        return added;
    }

    /// <summary>Changes a key; a late change stores the key that it made, whatever was changed since.</summary>
    internal SandboxKey? Update(Guid id, Func<SandboxKey, SandboxKey> change, Lateness? late)
    {
        using var scope = Enter();
        if (!_live.TryGetValue(id, out var key))
        {
            return null;
        }

        var changed = change(key) with { Changes = key.Changes + 1 };
        Perform(late, () => Replace(_live), () => Replace(_shown));
        return changed;

        void Replace(OrderedDictionary<Guid, SandboxKey> keys)
        {
            if (keys.ContainsKey(id))
            {
                keys[id] = changed;
            }
        }
    }

    internal bool Remove(Guid id, Lateness? late)
    {
        using var scope = Enter();
        if (!_live.ContainsKey(id))
        {
            return false;
        }

        Perform(late, () => _live.Remove(id), () => _shown.Remove(id));
        return true;
    }

    internal (SandboxKey[] Page, int Total) Page(Guid? workspaceId, string? provider, long offset, int limit, ResponseShape shape)
    {
        using var scope = Enter();
        _lists++;
        var listed = Filter(_shown, workspaceId, provider);
        var count = listed.Count();
        var page = At(offset, Math.Min(limit, shape.MaximumPage));
        if (shape.DuplicateIds && page.Length > 0)
        {
            page = [.. At(Math.Max(0, offset - 1), offset > 0 ? 1 : 0), page[0], .. page];
        }

        var total = Total((workspaceId, provider), count, shape.TotalCountLag);
        if ((shape.Move == ListMove.ToStart ? listed.LastOrDefault() : listed.FirstOrDefault()) is { } moved)
        {
            Move(shape.Move, moved.Id);
        }

        return (page, total);

        SandboxKey[] At(long place, int most) => [.. listed.Skip((int)Math.Min(place, count)).Take(most)];
    }

    /// <summary>Moves a key to an end of the list order.</summary>
    internal void Move(ListMove move, Guid id)
    {
        using var scope = Enter();
        foreach (var keys in new[] { _live, _shown })
        {
            if (move != ListMove.None && keys.Remove(id, out var key))
            {
                keys.Insert(move == ListMove.ToStart ? 0 : keys.Count, id, key);
            }
        }
    }

    /// <summary>Another key than this one: the next in list order, or one that is not stored where there is no other.</summary>
    internal SandboxKey AnotherThan(SandboxKey key)
    {
        using var scope = Enter();
        var next = _live.Count == 0 ? key : _live.GetAt((_live.IndexOf(key.Id) + 1) % _live.Count).Value;
        return next.Id != key.Id ? next : NewKey(key.Provider, $"sk-another-{Guid.NewGuid():N}");
    }

    private static IEnumerable<SandboxKey> Filter(OrderedDictionary<Guid, SandboxKey> keys, Guid? workspaceId, string? provider) =>
        keys.Values.Where(key =>
            (workspaceId is null || key.Place.Workspace is not { } own || own == workspaceId)
            && (provider is null || key.Place.Provider == provider));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static Guid DeterministicId(string text)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private DateTimeOffset Now()
    {
        // The API shows milliseconds; the value that a test compares must not be more precise.
        var now = _time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
    }

    /// <summary>How many keys a list had a number of lists before; the first call starts the count.</summary>
    private int Total((Guid? Workspace, string? Provider) filter, int count, int listsAgo)
    {
        if (listsAgo == 0)
        {
            return count;
        }

        var totals = _totals.TryGetValue(filter, out var before) ? before : _totals[filter] = [];
        totals.Add(count);
        return totals[Math.Max(0, totals.Count - 1 - listsAgo)];
    }

    private T Locked<T>(Func<T> read)
    {
        using var scope = Enter();
        return read();
    }

    private Lock.Scope Enter()
    {
        // Due effects are applied when the store is read: this looks the same as a timer, and a test can set the clock.
        var scope = _lock.EnterScope();
        if (_pending.Count > 0)
        {
            var now = _time.GetUtcNow();
            Apply(effect => effect.DueAt <= now || effect.DueAfterLists <= _lists);
        }

        return scope;
    }

    /// <summary>Makes a change of the store and then of what reads show, each at once or late.</summary>
    private void Perform(Lateness? late, Action commit, Action show)
    {
        if (late is null)
        {
            commit();
            show();
            return;
        }

        if (late.ReadsOnly)
        {
            commit();
        }

        _pending.Add(new(_time.GetUtcNow() + late.Time, _lists + late.Lists, late.ReadsOnly ? show : commit + show));
    }

    private void Apply(Predicate<PendingEffect> which)
    {
        var due = _pending.FindAll(which);
        _pending.RemoveAll(due.Contains);
        due.ForEach(effect => effect.Apply());
    }

    /// <summary>An effect that is due at a time, or once so many lists were made.</summary>
    private sealed record PendingEffect(DateTimeOffset? DueAt, int? DueAfterLists, Action Apply);
}
