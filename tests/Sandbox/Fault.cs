namespace OpenRouter.Byok.Sandbox;

/// <summary>Something that goes wrong with a request. It holds no state: one may serve any number of rules.</summary>
public sealed class Fault
{
    internal Fault(string name, string description)
    {
        Name = name;
        Description = description;
    }

    /// <summary>Its name, which is also its text in a fault rule: <c>StatusAfterCommit(502)</c>.</summary>
    public string Name { get; }

    /// <summary>What happens, in a few words.</summary>
    public string Description { get; }

    /// <summary>Whether the operation is carried out all the same.</summary>
    public bool Commits { get; internal init; }

    /// <summary>Whether only the client's own limit on time (or size) ends it.</summary>
    public bool Stalls { get; internal init; }

    /// <summary>Whether it strikes before the request's body is read.</summary>
    internal bool BeforeBody { get; init; }

    /// <summary>What is sent in place of the response; null for a fault that does not replace it.</summary>
    internal Func<ApiCall, Task>? Act { get; init; }

    /// <summary>How the response changes; null for a fault that does not change it.</summary>
    internal Func<ResponseShape, ResponseShape>? Shape { get; init; }

    /// <summary>When the operation takes effect; null for at once.</summary>
    internal Lateness? Late { get; init; }

    /// <summary>Both faults together: at most one of them may replace the response, and at most one may be late.</summary>
    /// <exception cref="FormatException">They cannot be combined.</exception>
    public Fault And(Fault other) => (Act is not null && other.Act is not null) || (Late is not null && other.Late is not null)
        ? throw new FormatException($"{Name} and {other.Name} cannot be combined.")
        : new($"{Name}&{other.Name}", $"{Description}; {other.Description}")
        {
            Commits = Commits && other.Commits,
            Stalls = Stalls || other.Stalls,
            BeforeBody = BeforeBody || other.BeforeBody,
            Act = Act ?? other.Act,
            Late = Late ?? other.Late,
            Shape = shape => Change(other.Change(shape)),
        };

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal ResponseShape Change(ResponseShape shape) => Shape?.Invoke(shape) ?? shape;
}
