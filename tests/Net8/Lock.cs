namespace OpenRouter.Byok.Sandbox;

/// <summary>What the sandbox uses of a type that .NET 8 does not have.</summary>
internal sealed class Lock
{
    public Scope EnterScope()
    {
        Monitor.Enter(this);
        return new Scope(this);
    }

    internal readonly ref struct Scope(Lock entered)
    {
        public void Dispose() => Monitor.Exit(entered);
    }
}
