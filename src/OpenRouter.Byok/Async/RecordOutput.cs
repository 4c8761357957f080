namespace OpenRouter.Byok.Async;

/// <summary>
/// What the work on one record has to say. It may be written from any thread; the pipeline thread passes it on when
/// the record's turn comes.
/// </summary>
internal sealed class RecordOutput(CommandRun run, object? target) : IByokTrace
{
    /// <summary>How many objects may wait for the pipeline before the work has to.</summary>
    private const int Capacity = 256;

    private readonly Queue<Action<ICmdletPipeline>> _said = new();
    private TaskCompletionSource<bool>? _room;
    private TaskCompletionSource<bool>? _question;
    private int _objects;

    /// <summary>The input that the work is about: an error's target.</summary>
    internal object? Target => target;

    /// <summary>Whether the work is over.</summary>
    internal bool IsCompleted { get; private set; }

    /// <summary>Whether the work was begun and not left out because the command ends.</summary>
    internal bool WasStarted { get; set; }

    /// <summary>Whether an object of the record went to the next command.</summary>
    internal bool HasComeOut { get; private set; }

    /// <summary>How the work failed; <see langword="null"/> where it did not.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>Gives an object to the pipeline; waits while too many are waiting there.</summary>
    /// <param name="value">The object.</param>
    /// <param name="isWanted">Asked on the pipeline thread, in the order of the output; <see langword="null"/>: it is wanted.</param>
    /// <param name="view">The view to show it in; <see langword="null"/>: its usual one.</param>
    internal async ValueTask WriteAsync(object value, Func<bool>? isWanted = null, string? view = null)
    {
        Task? room = null;
        lock (run.Lock)
        {
            _said.Enqueue(pipeline =>
            {
                if (isWanted?.Invoke() != false)
                {
                    run.CountObject();
                    HasComeOut = true;
                    pipeline.WriteObject(value, view);
                }
            });
            if (++_objects >= Capacity)
            {
                _room ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _room.Task;
            }

            run.Notify();
        }

        if (room is not null)
        {
            await room.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Verbose(string message) => Say(pipeline => pipeline.WriteVerbose(message));

    /// <inheritdoc/>
    public void Warning(string message) => Say(pipeline => pipeline.WriteWarning(message));

    /// <inheritdoc/>
    public void TotalCount(long totalCount) => run.Expect(totalCount);

    /// <summary>
    /// Asks on the pipeline thread; the answer comes when the record's turn has come. Is cancelled where the command ends
    /// before that.
    /// </summary>
    internal Task<bool> ShouldProcessAsync(string description, string question, string caption)
    {
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (run.Lock)
        {
            _question = answer;
            if (run.IsClosed)
            {
                DropQuestion();
            }
        }

        Say(pipeline =>
        {
            if (answer.Task.IsCompleted)
            {
                return;
            }

            try
            {
                answer.TrySetResult(pipeline.ShouldProcess(description, question, caption));
            }
            finally
            {
                // A question that ends the command (Halt) leaves the work without an answer.
                answer.TrySetCanceled();
            }
        });
        return answer.Task;
    }

    /// <summary>Ends work that waits for an answer; called with the run's lock held.</summary>
    internal void DropQuestion() => _question?.TrySetCanceled();

    /// <summary>Has something done on the pipeline thread when the record's turn has come.</summary>
    internal void Say(Action<ICmdletPipeline> action)
    {
        lock (run.Lock)
        {
            _said.Enqueue(action);
            run.Notify();
        }
    }

    /// <summary>Ends the record.</summary>
    internal void Complete(Exception? failure)
    {
        lock (run.Lock)
        {
            Failure = failure;
            IsCompleted = true;
            run.Notify();
        }
    }

    /// <summary>The next thing to pass on; called with the run's lock held.</summary>
    internal bool TryTake(out Action<ICmdletPipeline>? action)
    {
        if (_said.Count == 0)
        {
            action = null;
            return false;
        }

        action = _said.Dequeue();
        if (_said.Count <= Capacity / 2 && _room is not null)
        {
            _objects = _said.Count;
            _room.TrySetResult(true);
            _room = null;
        }

        return true;
    }

    /// <summary>Lets work that waits for room end.</summary>
    internal void Release() => _room?.TrySetResult(true);
}
