namespace OpenRouter.Byok.Sandbox;

/// <summary>The rules for faults: the first rule that applies to a request is used. The rules may change while the server runs.</summary>
public sealed class FaultPlan
{
    private readonly Lock _lock = new();
    private FaultRule[] _rules = [];

    /// <summary>The rules, in order.</summary>
    public IReadOnlyList<FaultRule> Rules => _rules;

    /// <summary>Adds a rule at the end.</summary>
    public FaultRule Add(FaultRule rule)
    {
        lock (_lock)
        {
            _rules = [.. _rules, rule];
        }

        return rule;
    }

    /// <summary>Adds a rule for an operation (null: all of them), for a number of requests.</summary>
    public FaultRule Add(Fault fault, ApiOperation? operation = null, int times = int.MaxValue) =>
        Add(new FaultRule(fault) { Operation = operation, Times = times });

    /// <summary>Adds a rule by its text, such as <c>Create:StatusAfterCommit(502)x3</c>.</summary>
    public FaultRule Add(string specification) => Add(FaultSpecification.Parse(specification));

    /// <summary>Removes every rule.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _rules = [];
        }
    }

    internal Fault? Pick(ReceivedRequest request, bool beforeBody) =>
        Array.Find(_rules, rule => rule.Fault.BeforeBody == beforeBody && rule.Applies(request))?.Fault;
}
