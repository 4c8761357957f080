namespace OpenRouter.Byok.Sandbox;

/// <summary>A key in the store: its place in the list order, its content, and what reads show of it.</summary>
internal sealed class StoredKey(long number, SandboxKey key)
{
    /// <summary>Its place in the list order.</summary>
    internal long Number { get; set; } = number;

    internal KeyVersion Version { get; set; } = new(key);

    /// <summary>What lists and gets show; null while a new key is not visible.</summary>
    internal KeyVersion? Shown { get; set; }

    internal SandboxKey Key => Version.Key;
}
