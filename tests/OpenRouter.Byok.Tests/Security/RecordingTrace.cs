using System.Collections.Concurrent;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>Keeps what an operation says.</summary>
internal sealed class RecordingTrace : IByokTrace
{
    internal ConcurrentQueue<string> Said { get; } = new();

    public void Verbose(string message) => Said.Enqueue(message);

    public void Warning(string message) => Said.Enqueue(message);

    public void TotalCount(long totalCount)
    {
    }
}
