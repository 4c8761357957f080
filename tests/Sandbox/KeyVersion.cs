namespace OpenRouter.Byok.Sandbox;

/// <summary>One state of a key, with its JSON made once and used for every page it appears on.</summary>
internal sealed class KeyVersion(SandboxKey key)
{
    // Two threads may make it at the same time: both make the same bytes.
    private byte[]? _json;

    internal SandboxKey Key { get; } = key;

    internal byte[] Json => _json ??= ApiJson.Key(Key, ResponseShape.Faithful);
}
