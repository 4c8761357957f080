namespace OpenRouter.Byok.Client;

/// <summary>Reports the attempts of a look to the create that began it, and remembers why the listing may be incomplete.</summary>
internal sealed class LookTrace(IByokTrace? trace) : IByokTrace
{
    internal string? Doubt { get; private set; }

    public void Verbose(string message) => trace?.Verbose(message);

    public void Warning(string message) => Doubt ??= message;

    public void TotalCount(long totalCount)
    {
    }
}
