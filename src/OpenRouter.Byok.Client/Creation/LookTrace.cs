namespace OpenRouter.Byok.Client;

/// <summary>Reports the attempts of a look to the create that began it, and remembers why the listing may be incomplete.</summary>
/// <param name="trace">Where that create reports to.</param>
/// <param name="stopped">Is cancelled when that create is stopped: the look goes on for the others, and reports nothing more.</param>
internal sealed class LookTrace(IByokTrace? trace, CancellationToken stopped) : IByokTrace
{
    internal string? Doubt { get; private set; }

    public void Verbose(string message)
    {
        if (!stopped.IsCancellationRequested)
        {
            trace?.Verbose(message);
        }
    }

    public bool IsDebugging => trace?.IsDebugging == true;

    public void Debug(string message) => trace?.Debug(message);

    public void Waiting(TimeSpan pause, string reason, int attempts) => trace?.Waiting(pause, reason, attempts);

    public void Warning(string message) => Doubt ??= message;

    public void TotalCount(long totalCount)
    {
    }
}
