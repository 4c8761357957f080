namespace OpenRouter.Byok.Client;

/// <summary>One create: its request and its state.</summary>
internal sealed class CreateCall(CreateByokKeyRequest request, RequestBody body, UnmanagedSecret key, IByokTrace? trace, IOperationSlot? slot)
{
    private TaskCompletionSource<bool> _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal CreateByokKeyRequest Request => request;

    internal RequestBody Body => body;

    internal UnmanagedSecret Key => key;

    internal IByokTrace? Trace => trace;

    /// <summary>The place of the create, which others have while it waits for the list; <see langword="null"/> if there is no limit.</summary>
    internal IOperationSlot? Slot => slot;

    /// <summary>The name as a response shows it.</summary>
    internal string Name { get; } = request.Settings.TryGet(KeyFields.Name, out string? name) && name is not null ? ShownText.MakeVisible(name).Trim() : string.Empty;

    internal CreateState State { get; private set; }

    /// <summary>How many requests were sent for it, without those that were refused and sent again.</summary>
    internal int Posts { get; private set; }

    /// <summary>When the first request that the server may have processed was sent, by our clock.</summary>
    internal DateTimeOffset? SentAt { get; private set; }

    /// <summary>The number of the first request in the order of requests and looks of the account.</summary>
    internal long FirstOrder { get; private set; }

    /// <summary>The number of the last request in the order of requests and looks of the account.</summary>
    internal long LastOrder { get; private set; }

    /// <summary>Ends when the last request has its response or has failed.</summary>
    internal Task Answered => _answered.Task;

    internal void BeginPost(long order)
    {
        Posts++;
        State = CreateState.Posting;
        FirstOrder = FirstOrder == 0 ? order : FirstOrder;
        LastOrder = order;
        _answered = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <param name="state">What follows.</param>
    /// <param name="sentAt">When the request was sent; <see langword="null"/> if it never was.</param>
    internal void EndPost(CreateState state, DateTimeOffset? sentAt)
    {
        State = state;
        SentAt ??= sentAt;
        _answered.TrySetResult(true);
    }

    internal void Watch() => State = CreateState.Watching;

    internal bool HasSameKey(CreateCall other) => key.Characters.SequenceEqual(other.Key.Characters);
}
