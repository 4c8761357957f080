namespace OpenRouter.Byok.Sandbox;

/// <summary>A fault of a request. It has no state: any number of rules can use it.</summary>
public sealed class Fault(string name, string description)
{
    /// <summary>Its name, which is also its text in a fault rule: <c>StatusAfterCommit(502)</c>.</summary>
    public string Name => name;

    /// <summary>What happens, in a few words.</summary>
    public string Description => description;

    /// <summary>Whether the operation is processed in spite of the fault.</summary>
    public bool Commits { get; internal init; }

    /// <summary>Whether only the client's own time limit (or size limit) ends it.</summary>
    public bool Stalls { get; internal init; }

    /// <summary>Whether it occurs before the request's body is read.</summary>
    internal bool BeforeBody { get; init; }

    /// <summary>What is sent in place of the response; null for a fault that does not replace it.</summary>
    internal Func<ApiCall, Task>? Act { get; init; }

    /// <summary>How the response changes; null for a fault that does not change it.</summary>
    internal Func<ResponseShape, ResponseShape>? Shape { get; init; }

    /// <summary>When the operation takes effect; null for at once.</summary>
    internal Lateness? Late { get; init; }

    /// <summary>A combination of two faults: at most one may replace the response, and at most one may be late.</summary>
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

    public override string ToString() => Name;

    internal ResponseShape Change(ResponseShape shape) => Shape?.Invoke(shape) ?? shape;
}

/// <summary>When an operation takes effect: some time after it was processed, by the clock of the server, or after some lists.</summary>
/// <param name="ReadsOnly">Whether reads alone are late; otherwise the store is, too.</param>
internal sealed record Lateness(TimeSpan? Time, int? Lists, bool ReadsOnly);
