using System.Security.Cryptography;
using System.Text;

namespace OpenRouter.Byok.Sandbox;

/// <summary>What the account holds. Safe to use from any thread while the server runs.</summary>
public sealed class SandboxStore
{
    private static readonly DateTimeOffset _seedStart = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Dictionary<Guid, StoredKey> _live = [];
    private readonly Dictionary<Guid, StoredKey> _shown = [];
    private readonly Dictionary<Guid, SandboxKey> _deleted = [];
    private readonly List<PendingEffect> _pending = [];
    private readonly Dictionary<(Guid? Workspace, string? Provider), KeyView> _views = [];
    private readonly Dictionary<(Guid? Workspace, string Provider), int> _sortOrders = [];
    private readonly List<SandboxWorkspace> _workspaces = [];
    private readonly HashSet<string> _apiKeyHashes = new(StringComparer.Ordinal);
    private Guid? _defaultWorkspaceId;
    private long _firstNumber;
    private long _lastNumber;
    private long _lists;
    private int _seeded;

    /// <summary>A store with one workspace, the default one.</summary>
    public SandboxStore(TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        Clear();
    }

    /// <summary>The default workspace; null once it was deleted.</summary>
    public Guid? DefaultWorkspaceId
    {
        get
        {
            using (Enter())
            {
                return _defaultWorkspaceId;
            }
        }
    }

    /// <summary>The workspaces, oldest first.</summary>
    public IReadOnlyList<SandboxWorkspace> Workspaces
    {
        get
        {
            using (Enter())
            {
                return [.. _workspaces];
            }
        }
    }

    /// <summary>The keys of every workspace, oldest first.</summary>
    public IReadOnlyList<SandboxKey> Keys => List();

    /// <summary>The deleted keys: all that is left of them, without their material.</summary>
    public IReadOnlyList<SandboxKey> Deleted
    {
        get
        {
            using (Enter())
            {
                return [.. _deleted.Values];
            }
        }
    }

    /// <summary>How many keys there are, in every workspace.</summary>
    public int Count
    {
        get
        {
            using (Enter())
            {
                return _live.Count;
            }
        }
    }

    /// <summary>The hashes of the account's API keys, which <c>allowed_api_key_hashes</c> may name.</summary>
    public IReadOnlyCollection<string> ApiKeyHashes
    {
        get
        {
            using (Enter())
            {
                return [.. _apiKeyHashes];
            }
        }
    }

    /// <summary>Back to an account with one empty workspace.</summary>
    public void Clear()
    {
        using (Enter())
        {
            _live.Clear();
            _shown.Clear();
            _pending.Clear();
            _deleted.Clear();
            _views.Clear();
            _sortOrders.Clear();
            _workspaces.Clear();
            _apiKeyHashes.Clear();
            _firstNumber = 0;
            _lastNumber = 0;
            _lists = 0;
            _seeded = 0;
            _workspaces.Add(new(DeterministicId("workspace:Default"), "Default", "default", _seedStart));
            _defaultWorkspaceId = _workspaces[0].Id;
        }
    }

    /// <summary>Adds keys that are the same in every run; a second call adds others.</summary>
    public IReadOnlyList<SandboxKey> Seed(int count, SeedOptions? options = null)
    {
        options ??= new();
        using (Enter())
        {
            var keys = new SandboxKey[count];
            for (var i = 0; i < count; i++)
            {
                var number = ++_seeded;
                var provider = options.Providers[(number - 1) % options.Providers.Count];
                var rawKey = $"sk-{provider.Replace('/', '-')}-{number:D6}-{Hash($"key:{number}")[..16]}";
                keys[i] = AddCore(null, new()
                {
                    Id = DeterministicId($"key:{number}"),
                    Provider = provider,
                    WorkspaceId = IsNth(number, options.GlobalEvery) ? null
                        : options.WorkspaceIds.Count == 0 ? _defaultWorkspaceId
                        : options.WorkspaceIds[(number - 1) % options.WorkspaceIds.Count],
                    Label = KeyLabel.Mask(rawKey),
                    Name = IsNth(number, options.NamelessEvery) ? null : $"{provider} key {number:D5}",
                    CreatedAt = _seedStart.AddMinutes(number),
                    RawKey = rawKey,
                });
            }

            return keys;
        }
    }

    /// <summary>Adds a key to the default workspace; <paramref name="with"/> changes whatever else should differ.</summary>
    public SandboxKey Add(string provider, string rawKey, string? name = null, Func<SandboxKey, SandboxKey>? with = null) =>
        Add(provider, rawKey, name, with, null);

    internal SandboxKey Add(string provider, string rawKey, string? name, Func<SandboxKey, SandboxKey>? with, Lateness? late)
    {
        using (Enter())
        {
            var key = new SandboxKey
            {
                Id = Guid.NewGuid(),
                Provider = provider,
                WorkspaceId = _defaultWorkspaceId,
                Label = KeyLabel.Mask(rawKey),
                Name = name,
                CreatedAt = Now(),
                RawKey = rawKey,
            };
            return AddCore(late, with is null ? key : with(key));
        }
    }

    /// <summary>Deletes a key as the API does: its material is wiped and the rest stays as a tombstone.</summary>
    public bool Remove(Guid id) => Remove(id, null);

    internal bool Remove(Guid id, Lateness? late)
    {
        using (Enter())
        {
            if (!_live.TryGetValue(id, out var stored))
            {
                return false;
            }

            var deletedAt = Now();
            Perform(
                late,
                () =>
                {
                    if (_live.Remove(id))
                    {
                        _deleted[id] = stored.Key with { RawKey = null, DeletedAt = deletedAt };
                    }
                },
                () =>
                {
                    if (_shown.Remove(id))
                    {
                        InViews(view => view.Remove(stored));
                    }
                });
            return true;
        }
    }

    /// <summary>Changes a key; null where there is none. The provider and the workspace cannot change.</summary>
    public SandboxKey? Update(Guid id, Func<SandboxKey, SandboxKey> change) => UpdateCore(id, change, null)?.Key;

    /// <summary>The key, or null where there is none (any more).</summary>
    public SandboxKey? Find(Guid id)
    {
        using (Enter())
        {
            return _live.GetValueOrDefault(id)?.Key;
        }
    }

    /// <summary>The keys of a workspace (global ones included) and a provider, oldest first; null means any.</summary>
    public IReadOnlyList<SandboxKey> List(Guid? workspaceId = null, string? provider = null)
    {
        using (Enter())
        {
            var filter = new KeyView(workspaceId, provider);
            return [.. _live.Values.Where(stored => filter.Holds(stored.Key)).OrderBy(stored => stored.Number).Select(stored => stored.Key)];
        }
    }

    /// <summary>The raw key that is stored now; null where the key is deleted or was never there.</summary>
    public string? RawKey(Guid id) => Find(id)?.RawKey;

    /// <summary>How many updates a key has had, deleted or not.</summary>
    public int Changes(Guid id)
    {
        using (Enter())
        {
            return _live.TryGetValue(id, out var stored) ? stored.Key.Changes
                : _deleted.TryGetValue(id, out var deleted) ? deleted.Changes
                : 0;
        }
    }

    /// <summary>How many late effects are pending.</summary>
    public int Pending
    {
        get
        {
            using (Enter())
            {
                return _pending.Count;
            }
        }
    }

    /// <summary>Makes every pending effect happen now.</summary>
    public void ApplyPending()
    {
        using (Enter())
        {
            Apply(_ => true);
        }
    }

    /// <summary>Adds a workspace.</summary>
    public SandboxWorkspace AddWorkspace(string name)
    {
        using (Enter())
        {
            // The same name gives the same id as long as it is given once.
            var id = DeterministicId($"workspace:{name}");
            id = _workspaces.Exists(workspace => workspace.Id == id) ? Guid.NewGuid() : id;
            var slug = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-'));
            var workspace = new SandboxWorkspace(id, name, slug, Now());
            _workspaces.Add(workspace);
            return workspace;
        }
    }

    /// <summary>Deletes a workspace with its keys. Without the default one a listing must name its workspace.</summary>
    public bool RemoveWorkspace(Guid id)
    {
        using (Enter())
        {
            if (_workspaces.RemoveAll(workspace => workspace.Id == id) == 0)
            {
                return false;
            }

            if (_defaultWorkspaceId == id)
            {
                _defaultWorkspaceId = null;
            }

            foreach (var key in _live.Values.Where(stored => stored.Key.WorkspaceId == id).ToList())
            {
                Remove(key.Key.Id);
            }

            return true;
        }
    }

    /// <summary>Gives the account an API key and returns the hash that <c>allowed_api_key_hashes</c> may name.</summary>
    public string AddApiKey(string? apiKey = null)
    {
        var hash = Hash(apiKey ?? Guid.NewGuid().ToString());
        using (Enter())
        {
            _apiKeyHashes.Add(hash);
        }

        return hash;
    }

    internal bool HasWorkspace(Guid id)
    {
        using (Enter())
        {
            return _workspaces.Exists(workspace => workspace.Id == id);
        }
    }

    internal bool HasApiKeys(IReadOnlyList<string> hashes)
    {
        using (Enter())
        {
            return hashes.All(_apiKeyHashes.Contains);
        }
    }

    internal KeyVersion? FindCore(Guid id)
    {
        using (Enter())
        {
            return _shown.GetValueOrDefault(id)?.Shown;
        }
    }

    internal KeyVersion? UpdateCore(Guid id, Func<SandboxKey, SandboxKey> change, Lateness? late)
    {
        using (Enter())
        {
            if (!_live.TryGetValue(id, out var stored))
            {
                return null;
            }

            var version = Changed();
            Perform(
                late,
                () =>
                {
                    if (late is { ReadsOnly: false } && _live.ContainsKey(id))
                    {
                        // Other changes may have come before: this one is made to what is there now.
                        version = Changed();
                    }

                    stored.Version = version;
                },
                () =>
                {
                    if (stored.Shown is not null)
                    {
                        stored.Shown = version;
                    }
                });
            return version;

            KeyVersion Changed() => new(change(stored.Key) with
            {
                Id = stored.Key.Id,
                Provider = stored.Key.Provider,
                WorkspaceId = stored.Key.WorkspaceId,
                Changes = stored.Key.Changes + 1,
            });
        }
    }

    internal (KeyVersion[] Page, int Total) Page(
        Guid? workspaceId, string? provider, long offset, int limit, bool newestFirst, int totalLag = 0)
    {
        using (Enter())
        {
            _lists++;
            var view = View(workspaceId, provider);
            return (view.Page(offset, limit, newestFirst), view.Total(totalLag));
        }
    }

    /// <summary>Another key than this one: the next in list order, or null where there is no other.</summary>
    internal KeyVersion? AnotherThan(Guid id)
    {
        using (Enter())
        {
            var number = _live.GetValueOrDefault(id)?.Number;
            return _live.Values.Where(stored => stored.Key.Id != id).OrderBy(stored => stored.Number < number).ThenBy(stored => stored.Number)
                .FirstOrDefault()?.Version;
        }
    }

    /// <summary>Moves a key to an end of the list order: the key with this id, or the first or last of a list.</summary>
    internal void Move(Guid? id, Guid? workspaceId, string? provider, bool toStart)
    {
        using (Enter())
        {
            var view = View(workspaceId, provider);
            var moved = id is { } named ? _shown.GetValueOrDefault(named) : toStart ? view.Last : view.First;
            if (moved is null)
            {
                return;
            }

            InViews(listed => listed.Remove(moved));
            moved.Number = toStart ? --_firstNumber : ++_lastNumber;
            InViews(listed => listed.Add(moved));
        }
    }

    private static bool IsNth(int number, int every) => every > 0 && number % every == 0;

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
        // What the API shows has milliseconds; what a test compares it with must not have more.
        var now = _time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
    }

    private KeyView View(Guid? workspaceId, string? provider)
    {
        if (!_views.TryGetValue((workspaceId, provider), out var view))
        {
            view = new(workspaceId, provider);
            foreach (var stored in _shown.Values.OrderBy(stored => stored.Number))
            {
                view.Add(stored);
            }

            _views.Add((workspaceId, provider), view);
        }

        return view;
    }

    private SandboxKey AddCore(Lateness? late, SandboxKey key)
    {
        var place = (key.WorkspaceId, key.Provider);
        var sortOrder = _sortOrders.GetValueOrDefault(place);
        _sortOrders[place] = sortOrder + 1;
        var stored = new StoredKey(++_lastNumber, key with { SortOrder = sortOrder });
        Perform(
            late,
            () => _live.Add(key.Id, stored),
            () =>
            {
                if (_live.ContainsKey(key.Id))
                {
                    stored.Shown = stored.Version;
                    _shown.Add(key.Id, stored);
                    InViews(view => view.Add(stored));
                }
            });
        return stored.Key;
    }

    /// <summary>Carries out a change of the store and then of what reads show, each now or late.</summary>
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

        _pending.Add(new(
            late.Lists is null ? _time.GetUtcNow() + late.Time : null,
            late.Lists is { } lists ? _lists + lists : null,
            late.ReadsOnly ? show : commit + show));
    }

    private void InViews(Action<KeyView> change)
    {
        foreach (var view in _views.Values)
        {
            change(view);
        }
    }

    private Lock.Scope Enter()
    {
        // What is due takes effect when somebody looks: nobody can tell it from a timer, and a test can set the clock.
        var scope = _lock.EnterScope();
        if (_pending.Count > 0)
        {
            var now = _time.GetUtcNow();
            Apply(effect => effect.IsDue(now, _lists));
        }

        return scope;
    }

    private void Apply(Predicate<PendingEffect> which)
    {
        var due = _pending.FindAll(which);
        _pending.RemoveAll(which);
        due.ForEach(effect => effect.Apply());
    }
}
