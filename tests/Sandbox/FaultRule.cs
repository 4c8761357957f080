using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace OpenRouter.Byok.Sandbox;

/// <summary>
/// The requests that a fault is applied to. A missing condition always holds; the order is operation, method,
/// path, predicate, and then, among the requests that match, skip, every, probability, times.
/// </summary>
public sealed class FaultRule(Fault fault)
{
    private readonly Lock _lock = new();
    private Random? _random;
    private int _matched;

    public Fault Fault => fault;

    public ApiOperation? Operation { get; init; }

    /// <summary>Only a request target that matches.</summary>
    public Regex? Path { get; init; }

    /// <summary>Only a request for which this returns true; it may read the body.</summary>
    public Func<ReceivedRequest, bool>? Predicate { get; init; }

    /// <summary>Skips the first N that match.</summary>
    public int Skip { get; init; }

    /// <summary>Every n-th that matches, from the n-th on.</summary>
    public int Every { get; init; } = 1;

    public double Probability { get; init; } = 1;

    public int RandomSeed { get; init; } = 1;

    /// <summary>The maximum number of times.</summary>
    public int Times { get; init; } = int.MaxValue;

    /// <summary>How many requests the fault was applied to so far.</summary>
    public int Applied { get; private set; }

    internal bool Applies(ReceivedRequest request)
    {
        if ((Operation is { } operation && request.Operation != operation)
            || Path?.IsMatch(request.Target) == false
            || Predicate?.Invoke(request) == false)
        {
            return false;
        }

        lock (_lock)
        {
            var number = ++_matched - Skip;
            if (Applied >= Times
                || number <= 0
                || number % Every != 0
                || (Probability < 1 && (_random ??= new(RandomSeed)).NextDouble() >= Probability))
            {
                return false;
            }

            Applied++;
            return true;
        }
    }
}

/// <summary>The rules for faults: the first rule that applies to a request is used. The rules may change while the server runs.</summary>
public sealed class FaultPlan
{
    private readonly ConcurrentQueue<FaultRule> _rules = new();

    public FaultRule Add(FaultRule rule)
    {
        _rules.Enqueue(rule);
        return rule;
    }

    /// <summary>Adds a rule for an operation (null: all of them), for a number of requests.</summary>
    public FaultRule Add(Fault fault, ApiOperation? operation = null, int times = int.MaxValue) =>
        Add(new FaultRule(fault) { Operation = operation, Times = times });

    /// <summary>Adds a rule by its text, such as <c>Create:StatusAfterCommit(502)x3</c>.</summary>
    public FaultRule Add(string specification) => Add(FaultSpecification.Parse(specification));

    public void Clear() => _rules.Clear();

    internal Fault? Pick(ReceivedRequest request, bool beforeBody) =>
        _rules.FirstOrDefault(rule => rule.Fault.BeforeBody == beforeBody && rule.Applies(request))?.Fault;
}
