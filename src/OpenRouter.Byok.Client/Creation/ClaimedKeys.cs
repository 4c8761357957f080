namespace OpenRouter.Byok.Client;

/// <summary>The keys that creates of this process have returned, over whichever connection: one key for one create.</summary>
internal static class ClaimedKeys
{
    private static readonly IdSet Claimed = new();

    /// <summary>What could have been made by either of two creates with different raw keys: it is nobody's from then on.</summary>
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
