using System.Collections.Concurrent;

namespace OpenRouter.Byok.Tests;

/// <summary>Records the messages of an operation.</summary>
internal sealed class RecordingTrace : IByokTrace
{
    internal ConcurrentQueue<string> Said { get; } = new();

    /// <summary>Whether any of it was a warning.</summary>
    internal bool Warned { get; private set; }

    public void Verbose(string message) => Said.Enqueue(message);

    internal ConcurrentQueue<string> Debugged { get; } = new();

    internal ConcurrentQueue<(TimeSpan Pause, string Reason, int Attempts)> Waits { get; } = new();

    public bool IsDebugging => true;

    public void Debug(string message) => Debugged.Enqueue(message);

    public void Waiting(TimeSpan pause, string reason, int attempts) => Waits.Enqueue((pause, reason, attempts));

    public void Warning(string message)
    {
        Said.Enqueue(message);
        Warned = true;
    }

    public void TotalCount(long totalCount)
    {
    }
}
