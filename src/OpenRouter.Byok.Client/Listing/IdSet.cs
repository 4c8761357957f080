namespace OpenRouter.Byok.Client;

/// <summary>The ids that a listing returned: 16 bytes each as long as they are the UUIDs that the API promises.</summary>
internal sealed class IdSet
{
    private readonly HashSet<Guid> _uuids = [];
    private HashSet<string>? _others;

    internal int Count => _uuids.Count + (_others?.Count ?? 0);

    /// <summary>Adds an id; <see langword="false"/> if it is already in the set.</summary>
    internal bool Add(string id) => Guid.TryParseExact(id, "D", out Guid uuid)
        ? _uuids.Add(uuid)
        : (_others ??= new HashSet<string>(StringComparer.Ordinal)).Add(id);

    internal bool Contains(string id) => Guid.TryParseExact(id, "D", out Guid uuid)
        ? _uuids.Contains(uuid)
        : _others?.Contains(id) == true;
}
