using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace OpenRouter.Byok.Async;

/// <summary>
/// Runs the work on a cmdlet's records concurrently and writes their output in the order of the input. The number
/// of records that run, and of records whose output waits, is limited; records without work are not counted.
/// </summary>
/// <remarks>Call every member on the pipeline thread, except <see cref="Stop"/> and the members that the work on a record calls.</remarks>
internal sealed class RecordScheduler : IDisposable
{
    /// <summary>How many records run at once by default.</summary>
    internal const int DefaultThrottleLimit = 8;

    /// <summary>How long a command that ends early waits for running records.</summary>
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(10);

    /// <summary>Queued records for each running record, so that a slow one does not delay the others.</summary>
    private const int QueuePerSlot = 4;

    /// <summary>
    /// Finished records for each running record, whose output waits for a slow record before them. The number lets the others
    /// continue during a retry of some seconds. With <c>-ErrorAction Stop</c> it is 0, because the slow record may still fail.
    /// </summary>
    private const int OverPerSlot = 64;

    private readonly AsyncCmdlet _cmdlet;
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<RecordOutput> _records = new();
    private readonly Dictionary<string, RecordOutput> _lastOf = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _slots;
    private readonly int _capacity;
    private readonly int _mostOver;
    private readonly bool _yields;
    private int _withWork;
    private int _over;
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
        _mostOver = cmdlet.StopsOnError ? 0 : OverPerSlot * throttleLimit;

        // One at a time means in order, and after the first error nothing more may begin.
        _yields = throttleLimit > 1 && !cmdlet.StopsOnError;
        Stopping = _stop.Token;
    }

    /// <summary>The state of the scheduler.</summary>
    internal SchedulerState State => _state;

    /// <summary>Is cancelled when everything has to stop at once.</summary>
    internal CancellationToken Stopping { get; }

    /// <summary>Whether <c>-Debug</c> is in effect.</summary>
    internal bool IsDebugging { get; }

    /// <summary>The progress of the command.</summary>
    internal ProgressReporter Progress { get; }

    /// <summary>
    /// Whether the records change the account. If the next command needs no more output, running records are then
    /// finished and named instead of cancelled.
    /// </summary>
    internal bool ChangesAccount { get; init; }

    /// <summary>Whether the progress display counts the objects that are written, and not the records.</summary>
    internal bool CountsObjects { get; init; }

    /// <summary>
    /// Whether the last prompt was declined. After No to All the engine declines every further prompt without showing
    /// it, but does not report that; so the next prompt comes before anything is read for it.
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

    /// <summary>Adds a record and writes the output that is ready. Waits while too many records are queued.</summary>
    /// <param name="work">The work.</param>
    /// <param name="target">The input, as an error's target.</param>
    /// <param name="orderedBy">The id of the key that the work changes: records with the same id run one after the other.</param>
    /// <param name="owned">Disposed when the work is over or will never begin.</param>
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

    /// <summary>Adds a record whose output is known without any work; it is written in its turn, and delays no other record.</summary>
    internal void Pass(object output, object? target)
    {
        var record = new RecordOutput(this, target, orderedBy: null) { HasWork = false };

        // There is room for the first object, so nothing is awaited.
        _ = record.WriteAsync(output).AsTask();
        record.Complete(null);
        _records.Enqueue(record);
        PassOn(leave: int.MaxValue);
    }

    /// <summary>Adds a record that failed before its work began; its error is written in its turn.</summary>
    internal void Fail(ByokApiException failure, object? target)
    {
        var record = new RecordOutput(this, target, orderedBy: null);
        record.Complete(failure);
        Interlocked.Increment(ref _over);
        Enqueue(record);
    }

    /// <summary>Waits for all work and writes all output.</summary>
    internal void Complete()
    {
        PassOn(leave: 0);
        Progress.Complete();
    }

    /// <summary>Runs work that may block for ever, such as reading from a share that hangs, so that Ctrl+C still ends the command.</summary>
    /// <exception cref="OperationCanceledException">The command was stopped.</exception>
    internal T WaitFor<T>(Func<T> work)
    {
        Task<T> task = Task.Run(work);
        Task.WaitAny([task], Stopping);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Lets another record run while the work on this one waits.</summary>
    internal void Yield(RecordOutput record)
    {
        if (_yields)
        {
            Release(record);
        }
    }

    /// <summary>Waits until one more record may run, unless this one does.</summary>
    internal async Task AcquireAsync(RecordOutput record, CancellationToken cancellationToken)
    {
        if (!record.HasSlot)
        {
            await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
            record.HasSlot = true;
        }
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
            await AcquireAsync(record, Stopping).ConfigureAwait(false);
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
                Release(record);
            }
        }
        catch (Exception failure)
        {
            // Any failure is reported on the pipeline thread in the record's turn.
            record.Complete(failure);
        }
        finally
        {
            Interlocked.Increment(ref _over);
            owned?.Dispose();
        }
    }

    private void Release(RecordOutput record)
    {
        if (record.HasSlot)
        {
            record.HasSlot = false;
            _slots.Release();
        }
    }

    /// <summary>Writes the output that is ready, in order, until at most the given number of records with work are left.</summary>
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
            // An error or Select-Object -First that ends the command ends its work now, and not only when the
            // engine disposes of the cmdlet after the rest of the pipeline. A warning can still be written.
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

    /// <summary>Writes one message, or ends the first record, or waits a little; <see langword="false"/> if there is nothing more to write now.</summary>
    private bool TryAdvance(int leave)
    {
        Stopping.ThrowIfCancellationRequested();
        if (_records.Count == 0)
        {
            return false;
        }

        // Read before the messages, because the last message may arrive together with the end.
        RecordOutput first = _records.Peek();
        bool isOver = first.State == RecordState.Completed;
        if (first.Read() is { } message)
        {
            Write(first, message);
        }
        else if (isOver)
        {
            Dequeue();
            Settle(first);
        }
        else if (leave > 0 && _withWork - Math.Min(Volatile.Read(ref _over), _mostOver) <= leave)
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
        if (record.HasWork)
        {
            _withWork--;
            Interlocked.Decrement(ref _over);
        }

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

    /// <summary>Reports an error: one that ends the command and all running records, or one of a single record.</summary>
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
    /// Starts no new record, gives running records time to finish and writes their output: a key that was created or
    /// changed must not stay unreported because another record failed, or because the next command needs no more
    /// output.
    /// </summary>
    /// <param name="cause">What ends the command.</param>
    /// <param name="isHeard">Whether the next command still accepts output; if not, the warning names the targets of finished records.</param>
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
        while (record.Read() is { } message)
        {
            if (isHeard || message.Kind == MessageKind.Call)
            {
                Write(record, message);
            }
        }
    }

    private void WarnOfFailure(Exception failure, Exception cause)
    {
        // One error is enough for a wrong management key or an unreachable server.
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
