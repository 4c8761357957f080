using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>Holds requests back at the server until the test opens it.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _isOpen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _arrived;

    /// <summary>A gate for the requests that match; for all where no condition is given.</summary>
    internal Gate(SandboxServer server, Func<ReceivedRequest, bool>? holds = null) => server.OnRequest = async request =>
    {
        if (holds?.Invoke(request) != false)
        {
            Interlocked.Increment(ref _arrived);
            await _isOpen.Task.ConfigureAwait(false);
        }
    };

    /// <summary>How many requests have arrived at it, those that were let through included.</summary>
    internal int Arrived => Volatile.Read(ref _arrived);

    /// <summary>Waits until so many requests have arrived.</summary>
    internal Task WaitForAsync(int requests) => Wait.UntilAsync(() => Arrived >= requests);

    /// <summary>Lets all requests through.</summary>
    internal void Open() => _isOpen.TrySetResult();
}
