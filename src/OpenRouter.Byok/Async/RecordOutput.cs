using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace OpenRouter.Byok.Async;

/// <summary>
/// The output of the work on one record. The work writes from any thread; the pipeline thread reads it when the record's
/// turn comes.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim whose wait handle is never used holds nothing to dispose, and abandoned work may still wait for it.")]
internal sealed class RecordOutput : IByokTrace, IOperationSlot
{
    /// <summary>How many objects may be queued before the work has to wait for the next command.</summary>
    private const int Capacity = 256;

    private readonly RecordScheduler _scheduler;
    private readonly Channel<Message> _messages = Channel.CreateUnbounded<Message>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _room = new(Capacity, Capacity);
    private int _state;
    private Task<bool>? _ready;

    internal RecordOutput(RecordScheduler scheduler, object? target, string? orderedBy)
    {
        _scheduler = scheduler;
        Target = target;
        OrderedBy = orderedBy;
    }

    /// <summary>The input that the work is about: an error's target.</summary>
    internal object? Target { get; }

    /// <summary>The id of the key that the work changes; records with the same id run one after the other. <see langword="null"/> for none.</summary>
    internal string? OrderedBy { get; }

    /// <summary>Whether there is work; otherwise the output is known from the start.</summary>
    internal bool HasWork { get; init; } = true;

    /// <summary>Ends when the work is over; never fails.</summary>
    internal Task Work { get; set; } = Task.CompletedTask;

    /// <summary>The state of the work.</summary>
    internal RecordState State => (RecordState)Volatile.Read(ref _state);

    /// <summary>Whether the record is one of those that run at once; only its own work changes this.</summary>
    internal bool HasSlot { get; set; }

    /// <summary>How the work failed; <see langword="null"/> if it did not.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>Whether an object of the record went to the next command.</summary>
    internal bool HasComeOut { get; set; }

    /// <summary>Whether a prompt about the record was declined.</summary>
    internal bool IsDeclined { get; private set; }

    /// <summary>Whether the previous prompt was declined; see <see cref="RecordScheduler.WasDeclined"/>.</summary>
    internal bool WasDeclinedBefore => _scheduler.WasDeclined;

    /// <inheritdoc/>
    public void Release() => _scheduler.Yield(this);

    /// <inheritdoc/>
    public Task AcquireAsync(CancellationToken cancellationToken) => _scheduler.AcquireAsync(this, cancellationToken);

    /// <summary>Writes an object to the pipeline; waits while too many are queued there.</summary>
    /// <param name="value">The object.</param>
    /// <param name="isWanted">Decides on the pipeline thread, in the order of the output, whether it is written; <see langword="null"/>: it is.</param>
    internal async ValueTask WriteAsync(object value, Func<bool>? isWanted = null)
    {
        await _room.WaitAsync(_scheduler.Stopping).ConfigureAwait(false);
        _messages.Writer.TryWrite(new Message(MessageKind.Object, value, isWanted));
    }

    /// <inheritdoc/>
    public void Verbose(string message) => _messages.Writer.TryWrite(new Message(MessageKind.Verbose, message));

    /// <inheritdoc/>
    public bool IsDebugging => _scheduler.IsDebugging;

    /// <inheritdoc/>
    public void Debug(string message) => _messages.Writer.TryWrite(new Message(MessageKind.Debug, message));

    /// <inheritdoc/>
    public void Warning(string message) => _messages.Writer.TryWrite(new Message(MessageKind.Warning, message));

    /// <inheritdoc/>
    public void Waiting(TimeSpan pause, string reason, int attempts) => _scheduler.Progress.Waits(pause, reason, attempts);

    /// <inheritdoc/>
    public void TotalCount(long totalCount) => _scheduler.Progress.Expect(totalCount);

    /// <summary>Reports an error that does not end the record.</summary>
    internal void Error(ByokApiException error, object? target) => Call(() => _scheduler.Report(error, target));

    /// <summary>Runs something on the pipeline thread when the record's turn comes.</summary>
    internal void Call(Action action) => _messages.Writer.TryWrite(new Message(MessageKind.Call, action));

    /// <summary>
    /// Prompts on the pipeline thread when the record's turn comes. Is cancelled if the command ends before that.
    /// </summary>
    /// <param name="question">Prompts, and returns the answer.</param>
    internal Task<bool> AskAsync(Func<bool> question)
    {
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Call(() =>
        {
            try
            {
                if (_scheduler.State == SchedulerState.Running)
                {
                    bool isAccepted = question();
                    IsDeclined = _scheduler.WasDeclined = !isAccepted;
                    answer.TrySetResult(isAccepted);
                }
            }
            finally
            {
                // A prompt that ends the command (Halt) leaves the work without an answer.
                answer.TrySetCanceled();
            }
        });
        return answer.Task;
    }

    /// <summary>Moves from one state to another; <see langword="false"/> if the record is in another state.</summary>
    internal bool TryMove(RecordState from, RecordState to) =>
        Interlocked.CompareExchange(ref _state, (int)to, (int)from) == (int)from;

    /// <summary>Ends the record.</summary>
    internal void Complete(Exception? failure)
    {
        Failure = failure;
        Volatile.Write(ref _state, (int)RecordState.Completed);
        _messages.Writer.TryComplete();
    }

    /// <summary>Takes the next message; <see langword="null"/> if there is none.</summary>
    internal Message? Read()
    {
        _ = _messages.Reader.TryRead(out Message? message);
        if (message?.Kind == MessageKind.Object)
        {
            _room.Release();
        }

        return message;
    }

    /// <summary>Waits until a message is there or the record is over, but no longer than given.</summary>
    /// <exception cref="OperationCanceledException">The command was stopped.</exception>
    internal void Wait(TimeSpan longest)
    {
        // One wait at a time: the next call continues a wait that timed out.
        _ready ??= _messages.Reader.WaitToReadAsync().AsTask();
        if (Task.WaitAny([_ready], (int)longest.TotalMilliseconds, _scheduler.Stopping) == 0)
        {
            _ready = null;
        }
    }
}
