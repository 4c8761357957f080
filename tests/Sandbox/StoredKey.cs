namespace OpenRouter.Byok.Sandbox;

/// <summary>A key in the store: its place in the list order, its content, and what reads show of it.</summary>
internal sealed class StoredKey(long number, SandboxKey key)
{
    internal static IComparer<StoredKey> ByNumber { get; } = Comparer<StoredKey>.Create((one, other) => one.Number.CompareTo(other.Number));

    internal long Number { get; set; } = number;

    internal SandboxKey Key { get; set; } = key;

    /// <summary>What lists and gets show; older than the content where reads are late.</summary>
    internal SandboxKey Shown { get; set; } = key;
}
