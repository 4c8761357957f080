using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace OpenRouter.Byok.Async;

/// <summary>
/// Runs the work of a cmdlet's records at the same time and passes their output on in the order of the input. The number
/// of records that run, and of those whose output waits, is bounded; records without work do not count.
/// </summary>
/// <remarks>Every member but <see cref="Stop"/> and what a record's work calls belongs to the pipeline thread.</remarks>
internal sealed class RecordScheduler : IDisposable
{
    /// <summary>How many records run at once unless told otherwise.</summary>
    internal const int DefaultThrottleLimit = 8;

    /// <summary>How long a command that ends early waits for what runs.</summary>
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(10);

    /// <summary>Queued records for each one that runs, so that a slow one does not hold up the others.</summary>
    private const int QueuePerSlot = 4;

    private readonly AsyncCmdlet _cmdlet;
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<RecordOutput> _records = new();
    private readonly Dictionary<string, RecordOutput> _lastOf = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _slots;
    private readonly int _capacity;
    private int _withWork;
    private bool _wasDeclined;
    private volatile SchedulerState _state = SchedulerState.Running;

    /// <summary>A scheduler without records.</summary>
    /// <param name="cmdlet">Where the output goes.</param>
    /// <param name="activity">What the command does, for the progress display.</param>
    /// <param name="throttleLimit">How many records may run at once.</param>
    internal RecordScheduler(AsyncCmdlet cmdlet, string activity, int throttleLimit)
    {
        _cmdlet = cmdlet;
        Progress = new ProgressReporter(cmdlet, activity);
        IsDebugging = cmdlet.IsDebugging;
        _slots = new SemaphoreSlim(throttleLimit, throttleLimit);
        _capacity = QueuePerSlot * throttleLimit;
        Stopping = _stop.Token;
    }

    /// <summary>What the scheduler does at present.</summary>
    internal SchedulerState State => _state;

    /// <summary>Is cancelled when everything has to stop at once.</summary>
    internal CancellationToken Stopping { get; }

    /// <summary>Whether <c>-Debug</c> is in effect.</summary>
    internal bool IsDebugging { get; }

    /// <summary>How far the command is.</summary>
    internal ProgressReporter Progress { get; }

    /// <summary>
    /// Whether the records change the account: where the next command wants no more output, those that run are then
    /// finished and named instead of dropped.
    /// </summary>
    internal bool ChangesAccount { get; init; }

    /// <summary>Whether the objects that come out are counted for the progress display, and not the records.</summary>
    internal bool CountsObjects { get; init; }

    /// <summary>
    /// Whether the last question was declined. After No to All the engine declines every further question without asking, but
    /// does not say so; so the next question comes before anything is read for it.
    /// </summary>
    internal bool WasDeclined { get => Volatile.Read(ref _wasDeclined); set => Volatile.Write(ref _wasDeclined, value && !_cmdlet.IsWhatIf); }

    /// <summary>Stops everything at once; safe from any thread.</summary>
    internal void Stop()
    {
        _state = SchedulerState.Stopped;
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The command ended at the same moment.
        }
    }

    /// <summary>Adds a record and passes on what is ready. Waits while too many records are queued.</summary>
    /// <param name="work">The work.</param>
    /// <param name="target">The input, as an error's target.</param>
    /// <param name="orderedBy">The id of the key that the work changes: records with the same id run one after the other.</param>
    /// <param name="owned">What to dispose of when the work is over or can never begin.</param>
    internal void Add(Func<RecordOutput, CancellationToken, Task> work, object? target, string? orderedBy = null, IDisposable? owned = null)
    {
        var record = new RecordOutput(this, target, orderedBy);
        Task before = Task.CompletedTask;
        if (orderedBy is not null)
        {
            before = _lastOf.TryGetValue(orderedBy, out RecordOutput? last) ? last.Work : before;
            _lastOf[orderedBy] = record;
        }

        record.Work = RunAsync(work, record, before, owned);
        Enqueue(record);
    }

    /// <summary>Adds a record whose output is known without any work; it comes out in its turn, and holds no other record up.</summary>
    internal void Pass(object output, object? target)
    {
        var record = new RecordOutput(this, target, orderedBy: null) { HasWork = false };

        // There is room for the first object, so nothing is awaited.
        _ = record.WriteAsync(output).AsTask();
        record.Complete(null);
        _records.Enqueue(record);
        PassOn(leave: int.MaxValue);
    }

    /// <summary>Adds a record that failed before any work on it began; its error comes out in its turn.</summary>
    internal void Fail(ByokApiException failure, object? target)
    {
        var record = new RecordOutput(this, target, orderedBy: null);
        record.Complete(failure);
        Enqueue(record);
    }

    /// <summary>Waits for all work and passes all output on.</summary>
    internal void Complete()
    {
        PassOn(leave: 0);
        Progress.Complete();
    }

    /// <summary>Does what may block for ever, such as reading from a share that hangs, so that Ctrl+C still ends the command.</summary>
    /// <exception cref="OperationCanceledException">The command was stopped.</exception>
    internal T WaitFor<T>(Func<T> work)
    {
        Task<T> task = Task.Run(work);
        Task.WaitAny([task], Stopping);
        return task.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        Stop();
        foreach (RecordOutput record in _records)
        {
            record.TryMove(RecordState.Queued, RecordState.Abandoned);
        }

        _stop.Dispose();
    }

    private void Enqueue(RecordOutput record)
    {
        _records.Enqueue(record);
        _withWork++;
        PassOn(leave: _capacity - 1);
    }

    private async Task RunAsync(Func<RecordOutput, CancellationToken, Task> work, RecordOutput record, Task before, IDisposable? owned)
    {
        try
        {
            await before.ConfigureAwait(false);
            await _slots.WaitAsync(Stopping).ConfigureAwait(false);
            try
            {
                if (record.TryMove(RecordState.Queued, RecordState.Running))
                {
                    await Task.Run(() => work(record, Stopping), Stopping).ConfigureAwait(false);
                    record.Complete(null);
                }
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (Exception failure)
        {
            // Whatever it is, it comes out on the pipeline thread in the record's turn.
            record.Complete(failure);
        }
        finally
        {
            owned?.Dispose();
        }
    }

    /// <summary>Passes on what is ready, in order, until no more than so many records with work are left.</summary>
    private void PassOn(int leave)
    {
        try
        {
            while (TryAdvance(leave))
            {
                Progress.Show();
            }
        }
        catch (Exception ending)
        {
            // What ends the command (an error that stops, Select-Object -First) ends its work now, and not only when the
            // engine disposes of the cmdlet after the rest of the pipeline. A warning still comes out.
            try
            {
                if (ChangesAccount && _state == SchedulerState.Running)
                {
                    Drain(ending, isHeard: false);
                }
            }
            finally
            {
                Stop();
            }

            throw;
        }
    }

    /// <summary>Passes on one message, or ends the first record, or waits a little; <see langword="false"/> where no more has to be passed on now.</summary>
    private bool TryAdvance(int leave)
    {
        Stopping.ThrowIfCancellationRequested();
        if (_records.Count == 0)
        {
            return false;
        }

        // Looked at before the messages, of which the last may come together with the end.
        RecordOutput first = _records.Peek();
        bool isOver = first.State == RecordState.Completed;
        if (first.TryRead(out Message message))
        {
            Write(first, message);
        }
        else if (isOver)
        {
            Dequeue();
            Settle(first);
        }
        else if (_withWork <= leave && leave > 0)
        {
            return false;
        }
        else
        {
            first.Wait(ProgressReporter.Interval);
        }

        return true;
    }

    private void Write(RecordOutput record, Message message)
    {
        switch (message.Kind)
        {
            case MessageKind.Object when message.IsWanted?.Invoke() != false:
                Progress.Succeeded += CountsObjects ? 1 : 0;
                record.HasComeOut = true;
                _cmdlet.WriteObject(message.Value);
                break;
            case MessageKind.Verbose:
                _cmdlet.WriteVerbose((string)message.Value);
                break;
            case MessageKind.Debug:
                _cmdlet.WriteDebug((string)message.Value);
                break;
            case MessageKind.Warning:
                _cmdlet.WriteWarning((string)message.Value);
                break;
            case MessageKind.Call:
                ((Action)message.Value)();
                break;
        }
    }

    private void Dequeue()
    {
        RecordOutput record = _records.Dequeue();
        _withWork -= record.HasWork ? 1 : 0;
        if (record.OrderedBy is { } id && _lastOf.TryGetValue(id, out RecordOutput? last) && last == record)
        {
            _lastOf.Remove(id);
        }
    }

    /// <summary>Counts a record that is over, and reports its failure.</summary>
    private void Settle(RecordOutput record)
    {
        switch (record.Failure)
        {
            case null:
                Progress.Succeeded += CountsObjects || record.IsDeclined ? 0 : 1;
                break;
            case ByokApiException failure:
                Report(failure, record.Target);
                break;
            default:
                Progress.Failed++;
                Drain(record.Failure, isHeard: true);
                ExceptionDispatchInfo.Capture(record.Failure).Throw();
                break;
        }
    }

    /// <summary>Reports an error: one that ends the command with everything that runs, or one of a record alone.</summary>
    internal void Report(ByokApiException failure, object? target)
    {
        Progress.Failed++;
        if (failure.EndsTheCommand)
        {
            Drain(failure, isHeard: true);
            _cmdlet.ThrowTerminatingError(ErrorRecords.From(failure, target));
        }

        if (_cmdlet.StopsOnError)
        {
            Drain(failure, isHeard: true);
        }

        _cmdlet.WriteError(ErrorRecords.From(failure, target));
    }

    /// <summary>
    /// Begins nothing new, lets what runs finish for a while and passes its output on: what was created or changed must not
    /// go unreported because another record failed, or because the next command has enough.
    /// </summary>
    /// <param name="cause">What ends the command.</param>
    /// <param name="isHeard">Whether the next command still accepts output; if not, the targets of finished records are named in the warning.</param>
    private void Drain(Exception cause, bool isHeard)
    {
        _state = SchedulerState.Draining;
        var clock = Stopwatch.StartNew();
        int unfinished = _records.Count(static record => record.TryMove(RecordState.Queued, RecordState.Abandoned));
        var unheard = new List<object?>();
        while (_records.Count > 0)
        {
            RecordOutput first = _records.Peek();
            while (first.State == RecordState.Running && clock.Elapsed < LongestDrain)
            {
                WriteWhileDraining(first, isHeard);
                first.Wait(ProgressReporter.Interval);
            }

            WriteWhileDraining(first, isHeard);
            Dequeue();
            if (first.State == RecordState.Running || first.Failure is OperationCanceledException)
            {
                unfinished++;
            }
            else if (first.Failure is not null)
            {
                Progress.Failed++;
                WarnOfFailure(first.Failure, cause);
            }
            else if (first.State == RecordState.Completed)
            {
                Progress.Succeeded++;
                if (!isHeard && !first.HasComeOut)
                {
                    unheard.Add(first.Target);
                }
            }
        }

        WarnOfEarlyEnd(unfinished, unheard, isHeard);
        Progress.Complete();
    }

    private void WriteWhileDraining(RecordOutput record, bool isHeard)
    {
        while (record.TryRead(out Message message))
        {
            if (isHeard || message.Kind == MessageKind.Call)
            {
                Write(record, message);
            }
        }
    }

    private void WarnOfFailure(Exception failure, Exception cause)
    {
        // Of a wrong management key or an unreachable server one error is enough.
        bool isSame = cause is ByokApiException { EndsTheCommand: true } ending && (failure as ByokApiException)?.Kind == ending.Kind;
        if (!isSame)
        {
            _cmdlet.WriteWarning(failure.Message);
        }
    }

    private void WarnOfEarlyEnd(int unfinished, List<object?> unheard, bool isHeard)
    {
        if (isHeard ? Progress.Succeeded + Progress.Failed + unfinished > 1 : unheard.Count + unfinished > 0)
        {
            _cmdlet.WriteWarning(FormattableString.Invariant(
                $"Stopped early: {Progress.Succeeded} succeeded, {Progress.Failed} failed, {unfinished} not completed.")
                + (unheard.Count > 0 ? $" Completed, but not returned: {string.Join(", ", unheard)}." : string.Empty));
        }
    }
}
