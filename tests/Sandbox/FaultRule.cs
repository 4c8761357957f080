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
    private int _applied;

    /// <summary>The fault.</summary>
    public Fault Fault => fault;

    /// <summary>Only this operation.</summary>
    public ApiOperation? Operation { get; init; }

    /// <summary>Only this HTTP method.</summary>
    public string? Method { get; init; }

    /// <summary>Only a request target that matches.</summary>
    public Regex? Path { get; init; }

    /// <summary>Only a request for which this returns true; it may read the body.</summary>
    public Func<ReceivedRequest, bool>? Predicate { get; init; }

    /// <summary>Skips the first N that match.</summary>
    public int Skip { get; init; }

    /// <summary>Every n-th that matches, from the n-th on.</summary>
    public int Every { get; init; } = 1;

    /// <summary>With this probability.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>The seed of the random numbers.</summary>
    public int RandomSeed { get; init; } = 1;

    /// <summary>The maximum number of times.</summary>
    public int Times { get; init; } = int.MaxValue;

    /// <summary>How many requests matched so far.</summary>
    public int Matched => Volatile.Read(ref _matched);

    /// <summary>How many of them the fault was applied to.</summary>
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
