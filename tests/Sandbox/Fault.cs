namespace OpenRouter.Byok.Sandbox;

/// <summary>Something that goes wrong with a request. It holds no state: one may serve any number of rules.</summary>
public sealed class Fault
{
    internal Fault(string name, string description)
    {
        Name = name;
        Description = description;
    }

    /// <summary>Its name, which is also its text in a fault specification: <c>StatusAfterCommit(502)</c>.</summary>
    public string Name { get; }

    /// <summary>What happens, in a few words.</summary>
    public string Description { get; }

    /// <summary>Whether the operation is carried out all the same.</summary>
    public bool Commits { get; internal init; }

    /// <summary>Whether only the client's own limit on time (or size) ends it.</summary>
    public bool Stalls { get; internal init; }

    /// <summary>Whether it strikes before the request's body is read.</summary>
    internal bool BeforeBody { get; init; }

    /// <summary>What is sent in place of the answer; null for a fault that only changes the answer's shape.</summary>
    internal Func<FaultContext, Task>? Act { get; init; }

    /// <summary>How the answer changes; null for a fault that sends something else.</summary>
    internal Func<ResponseShape, ResponseShape>? Shape { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
