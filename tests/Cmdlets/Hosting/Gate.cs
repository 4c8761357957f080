using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>Makes requests wait at the server until the test opens it.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _isOpen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _arrived;

    /// <summary>A gate for the requests that match; for all requests without a condition.</summary>
    internal Gate(SandboxServer server, Func<ReceivedRequest, bool>? holds = null) => server.OnRequest = async request =>
    {
        if (holds?.Invoke(request) != false)
        {
            Interlocked.Increment(ref _arrived);
            await _isOpen.Task.ConfigureAwait(false);
        }
    };

    /// <summary>How many requests have arrived at it, including those that passed.</summary>
    internal int Arrived => Volatile.Read(ref _arrived);

    /// <summary>Waits until the given number of requests have arrived.</summary>
    internal Task WaitForAsync(int requests) => Wait.UntilAsync(() => Arrived >= requests);

    /// <summary>Lets all requests through.</summary>
    internal void Open() => _isOpen.TrySetResult();
}
