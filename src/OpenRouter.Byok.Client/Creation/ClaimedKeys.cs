namespace OpenRouter.Byok.Client;

/// <summary>The keys that creates of this process have returned, over all connections: one key for each create.</summary>
internal static class ClaimedKeys
{
    private static readonly IdSet Claimed = new();

    /// <summary>The keys that two creates with different raw keys may both have created: no create returns them.</summary>
    private static readonly IdSet Contested = new();

    internal static bool TryClaim(string id)
    {
        lock (Claimed)
        {
            return Claimed.Add(id);
        }
    }

    internal static bool Contains(string id)
    {
        lock (Claimed)
        {
            return Claimed.Contains(id);
        }
    }

    internal static void Contest(string id)
    {
        lock (Contested)
        {
            Contested.Add(id);
        }
    }

    internal static bool IsContested(string id)
    {
        lock (Contested)
        {
            return Contested.Contains(id);
        }
    }
}
