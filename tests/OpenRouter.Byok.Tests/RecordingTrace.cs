using System.Collections.Concurrent;

namespace OpenRouter.Byok.Tests;

/// <summary>Keeps what an operation says.</summary>
internal sealed class RecordingTrace : IByokTrace
{
    internal ConcurrentQueue<string> Said { get; } = new();

    /// <summary>Whether any of it was a warning.</summary>
    internal bool Warned { get; private set; }

    public void Verbose(string message) => Said.Enqueue(message);

    public void Warning(string message)
    {
        Said.Enqueue(message);
        Warned = true;
    }

    public void TotalCount(long totalCount)
    {
    }
}
