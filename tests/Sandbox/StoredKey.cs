namespace OpenRouter.Byok.Sandbox;

/// <summary>A key's place in the store: its number in order of creation never changes, its content does.</summary>
internal sealed class StoredKey(long number, SandboxKey key)
{
    internal long Number { get; } = number;

    internal KeyVersion Version { get; set; } = new(key);

    internal SandboxKey Key => Version.Key;
}
