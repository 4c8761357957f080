namespace OpenRouter.Byok.Client;

/// <summary>Reports the attempts of a look to the create that began it, and stores why the listing may be incomplete.</summary>
/// <param name="trace">Where that create reports to.</param>
/// <param name="stopped">Is cancelled when that create is stopped: the look continues for the others, and reports nothing more.</param>
internal sealed class LookTrace(IByokTrace? trace, CancellationToken stopped) : IByokTrace
{
    internal string? Doubt { get; private set; }

    public bool IsDebugging => Receiver?.IsDebugging == true;

    private IByokTrace? Receiver => stopped.IsCancellationRequested ? null : trace;

    public void Verbose(string message) => Receiver?.Verbose(message);

    public void Debug(string message) => Receiver?.Debug(message);

    public void Waiting(TimeSpan pause, string reason, int attempts) => Receiver?.Waiting(pause, reason, attempts);

    public void Warning(string message) => Doubt ??= message;

    public void TotalCount(long totalCount)
    {
    }
}
