using System.Text.RegularExpressions;

namespace OpenRouter.Byok.Sandbox;

/// <summary>
/// Which requests a fault befalls. What is left out does not narrow the choice; the conditions are asked in the order
/// operation, method, path, predicate; then, among those that match, skip, every, probability, times.
/// </summary>
public sealed class FaultRule(Fault fault)
{
    private readonly Lock _lock = new();
    private Random? _random;
    private int _matched;
    private int _applied;

    /// <summary>What befalls them.</summary>
    public Fault Fault => fault;

    /// <summary>Only this operation.</summary>
    public ApiOperation? Operation { get; init; }

    /// <summary>Only this HTTP method.</summary>
    public string? Method { get; init; }

    /// <summary>Only a request target that matches.</summary>
    public Regex? Path { get; init; }

    /// <summary>Only a request of which this is true; it may look at the body.</summary>
    public Func<ReceivedRequest, bool>? Predicate { get; init; }

    /// <summary>Not the first so many that match.</summary>
    public int Skip { get; init; }

    /// <summary>Every n-th that matches, the n-th first.</summary>
    public int Every { get; init; } = 1;

    /// <summary>With this probability.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>What makes the chance repeatable.</summary>
    public int RandomSeed { get; init; } = 1;

    /// <summary>At most so many times, then as if the rule were not there.</summary>
    public int Times { get; init; } = int.MaxValue;

    /// <summary>How many requests matched so far.</summary>
    public int Matched => Volatile.Read(ref _matched);

    /// <summary>How many of them the fault befell.</summary>
    public int Applied => Volatile.Read(ref _applied);

    internal bool Applies(ReceivedRequest request)
    {
        if ((Operation is { } operation && request.Operation != operation)
            || (Method is not null && request.Method != Method)
            || Path?.IsMatch(request.Target) == false
            || Predicate?.Invoke(request) == false)
        {
            return false;
        }

        lock (_lock)
        {
            var number = ++_matched - Skip;
            if (_applied >= Times
                || number <= 0
                || number % Every != 0
                || (Probability < 1 && (_random ??= new(RandomSeed)).NextDouble() >= Probability))
            {
                return false;
            }

            _applied++;
            return true;
        }
    }
}
