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

    internal ResponseShape Change(ResponseShape shape) => Shape is null ? shape : Shape(shape);

    /// <summary>When the operation takes effect; null for at once.</summary>
    internal Lateness? Late { get; init; }

    /// <summary>Both faults at once: this one, with the response of the other where it sends one.</summary>
    /// <exception cref="FormatException">Both send a response, or both are late.</exception>
    public Fault And(Fault other)
    {
        if ((Act is not null && other.Act is not null) || (Late is not null && other.Late is not null))
        {
            throw new FormatException($"{Name} and {other.Name} cannot be combined.");
        }

        return new($"{Name}&{other.Name}", $"{Description}; {other.Description}")
        {
            // A response that is sent without the operation decides, unless the operation is late.
            Commits = (Act is null || Commits) && (other.Act is null || other.Commits),
            Stalls = Stalls || other.Stalls,
            BeforeBody = BeforeBody || other.BeforeBody,
            Act = Act ?? other.Act,
            Late = Late ?? other.Late,
            Shape = shape => Change(other.Change(shape)),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
