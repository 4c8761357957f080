using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Security;

namespace OpenRouter.Byok.Async;

/// <summary>
/// One run of a cmdlet: the work on its records overlaps, what it says comes out in the order of the input. The window
/// of records that are under way or wait to come out is bounded.
/// </summary>
internal sealed class CommandRun : IDisposable
{
    /// <summary>How long a command that ends early waits for what is under way.</summary>
    internal static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>How many records are under way at once unless told otherwise.</summary>
    internal const int DefaultThrottleLimit = 8;

    /// <summary>Records in the window for each one under way, so that a slow one does not hold up the others.</summary>
    private const int WindowPerSlot = 4;

    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<RecordOutput> _window = new();
    private readonly SemaphoreSlim _slots;
    private readonly int _capacity;
    private readonly ProgressMeter _progress;
    private int _expectations;

    /// <summary>A run that nothing was given to yet.</summary>
    /// <param name="pipeline">Where everything comes out.</param>
    /// <param name="activity">What the command does, for the progress display.</param>
    /// <param name="throttleLimit">How many records may be under way at once.</param>
    internal CommandRun(ICmdletPipeline pipeline, string activity, int throttleLimit)
    {
        Pipeline = pipeline;
        _progress = new ProgressMeter(activity);
        _slots = new SemaphoreSlim(throttleLimit, throttleLimit);
        _capacity = WindowPerSlot * throttleLimit;
    }

    /// <summary>Where everything comes out; for the pipeline thread only.</summary>
    internal ICmdletPipeline Pipeline { get; }

    /// <summary>Guards the window and all that is in it.</summary>
    internal object Lock { get; } = new();

    /// <summary>How many records came in, this one included: the row that a message names.</summary>
    internal long Row { get; set; }

    /// <summary>Whether the records change the account, so that none under way is dropped where nobody takes its result.</summary>
    internal bool IsChanging { get; init; }

    /// <summary>Whether the command ends, so that nothing new is begun; read with <see cref="Lock"/> held.</summary>
    internal bool IsClosed { get; private set; }

    /// <summary>The key of the file that the command line names, read once so that all records get the same one.</summary>
    internal (string Path, SecureString Key)? TypedKeyFile { get; set; }

    /// <summary>Does what may block for ever, such as reading from a share that hangs, so that Ctrl+C still ends the command.</summary>
    /// <exception cref="OperationCanceledException">The command was stopped.</exception>
    internal T WaitFor<T>(Func<T> work)
    {
        Task<T> task = Task.Run(work);
        Task.WaitAny([task], _stop.Token);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Stops everything at once; safe from any thread.</summary>
    internal void Stop()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The command ended at the same moment.
        }

        lock (Lock)
        {
            Monitor.PulseAll(Lock);
        }
    }

    /// <summary>Starts the work on a record, and passes on what is ready. Waits while the window is full.</summary>
    /// <param name="work">The work.</param>
    /// <param name="target">The input, as an error's target.</param>
    /// <param name="owned">What to dispose of when the work is over or can never begin.</param>
    internal void Start(Func<RecordOutput, CancellationToken, Task> work, object? target, IDisposable? owned = null)
    {
        var output = new RecordOutput(this, target);
        lock (Lock)
        {
            _window.Enqueue(output);
        }

        _ = RunAsync(work, output, owned);
        PassOn(leave: _capacity - 1);
    }

    /// <summary>Reports that a record failed before any work on it began, in its turn. An error without a target gets the row's number.</summary>
    internal void Fail(CmdletError error)
    {
        var output = new RecordOutput(this, error.Target ?? FormattableString.Invariant($"Row {Row}")) { WasStarted = true };
        output.Complete(error.Cause);
        lock (Lock)
        {
            _window.Enqueue(output);
        }

        PassOn(leave: _capacity - 1);
    }

    /// <summary>Waits for all work and passes everything on.</summary>
    internal void Complete()
    {
        PassOn(leave: 0);
        _progress.Complete(Pipeline);
    }

    public void Dispose()
    {
        Stop();
        lock (Lock)
        {
            IsClosed = true;
            foreach (RecordOutput output in _window)
            {
                output.Release();
            }
        }

        TypedKeyFile?.Key.Dispose();
        _stop.Dispose();
    }

    /// <summary>Wakes the pipeline thread; called with <see cref="Lock"/> held.</summary>
    internal void Notify() => Monitor.PulseAll(Lock);

    /// <summary>Hears how many records there are; more than one voice makes a sum that nobody knows.</summary>
    internal void Expect(long total)
    {
        lock (Lock)
        {
            _progress.Total = _expectations <= 1 ? total : null;
        }
    }

    /// <summary>Announces work that will tell how many records it gives.</summary>
    internal void ExpectTotal()
    {
        lock (Lock)
        {
            if (++_expectations > 1)
            {
                _progress.Total = null;
            }
        }
    }

    /// <summary>Counts an object that a listing gave.</summary>
    internal void CountObject() => _progress.Done += _expectations == 0 ? 0 : 1;

    private async Task RunAsync(Func<RecordOutput, CancellationToken, Task> work, RecordOutput output, IDisposable? owned)
    {
        CancellationToken stop = _stop.Token;
        try
        {
            await _slots.WaitAsync(stop).ConfigureAwait(false);
            try
            {
                lock (Lock)
                {
                    if (IsClosed)
                    {
                        output.Complete(null);
                        return;
                    }

                    output.WasStarted = true;
                }

                await Task.Run(() => work(output, stop), stop).ConfigureAwait(false);
                output.Complete(null);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (Exception failure)
        {
            // Whatever it is, it comes out on the pipeline thread in its turn.
            output.Complete(failure);
        }
        finally
        {
            owned?.Dispose();
        }
    }

    /// <summary>Passes on what is ready, in order, until no more than so many records are left in the window.</summary>
    private void PassOn(int leave)
    {
        try
        {
            while (TryNext(leave, out RecordOutput? record, out Action<ICmdletPipeline>? action))
            {
                if (action is not null)
                {
                    action(Pipeline);
                }
                else if (record is not null)
                {
                    Settle(record);
                }

                _progress.Show(Pipeline);
            }
        }
        catch (Exception ending)
        {
            // Whatever ends the command (an error that stops, Select-Object -First) ends its work now, and not only when
            // the engine disposes of the cmdlet after the rest of the pipeline. A warning still comes out.
            try
            {
                if (IsChanging && _window.Count > 0 && !_stop.IsCancellationRequested)
                {
                    WindDown(ending, isHeard: false);
                }
            }
            finally
            {
                Stop();
            }

            throw;
        }
    }

    /// <summary>The next thing to do: an action of the first record, or the record itself when it is over, or nothing but a look at the clock.</summary>
    private bool TryNext(int leave, out RecordOutput? record, out Action<ICmdletPipeline>? action)
    {
        lock (Lock)
        {
            action = null;
            _stop.Token.ThrowIfCancellationRequested();
            if (_window.Count == 0)
            {
                record = null;
                return false;
            }

            record = _window.Peek();
            if (record.TryTake(out action))
            {
                return true;
            }

            if (record.IsCompleted)
            {
                _window.Dequeue();
                return true;
            }

            record = null;
            if (_window.Count <= leave)
            {
                return false;
            }

            Monitor.Wait(Lock, ProgressMeter.Interval);
            return true;
        }
    }

    private void Settle(RecordOutput record)
    {
        if (record.Failure is null)
        {
            // A listing counts what it gives.
            _progress.Done += _expectations == 0 ? 1 : 0;
            return;
        }

        _progress.Failed++;
        if (record.Failure is not ByokApiException cause)
        {
            WindDown(record.Failure);
            ExceptionDispatchInfo.Capture(record.Failure).Throw();
            return;
        }

        CmdletError error = CmdletError.From(cause, record.Target);
        if (cause.EndsTheCommand)
        {
            WindDown(cause);
            Pipeline.ThrowTerminatingError(error);
        }
        else
        {
            if (Pipeline.StopsOnError)
            {
                WindDown(cause);
            }

            Pipeline.WriteError(error);
        }
    }

    private void Close()
    {
        lock (Lock)
        {
            IsClosed = true;
            foreach (RecordOutput output in _window)
            {
                output.DropQuestion();
            }
        }
    }

    /// <summary>
    /// Begins nothing new, asks nothing more, lets what is under way finish for a while, and passes its results on: what
    /// was created or changed must not go unsaid because another record failed, or because the next command has enough.
    /// </summary>
    /// <param name="cause">What ends the command.</param>
    /// <param name="isHeard">Whether the next command still takes results; the names of those that it does not take are said.</param>
    private void WindDown(Exception cause, bool isHeard = true)
    {
        Close();
        var unheard = new List<object?>();
        var clock = Stopwatch.StartNew();
        int left = 0;
        while (true)
        {
            RecordOutput record;
            Action<ICmdletPipeline>? action;
            lock (Lock)
            {
                _stop.Token.ThrowIfCancellationRequested();
                if (_window.Count == 0)
                {
                    break;
                }

                record = _window.Peek();
                if (!record.TryTake(out action))
                {
                    if (record is { WasStarted: true, IsCompleted: false } && clock.Elapsed < LongestWait)
                    {
                        Monitor.Wait(Lock, ProgressMeter.Interval);
                        continue;
                    }

                    _window.Dequeue();
                }
            }

            if (action is not null)
            {
                if (isHeard)
                {
                    action(Pipeline);
                }
            }
            else if (record is not { WasStarted: true, IsCompleted: true, Failure: not OperationCanceledException })
            {
                left++;
            }
            else if (record.Failure is null)
            {
                _progress.Done++;
                if (!isHeard && !record.HasComeOut)
                {
                    unheard.Add(record.Target);
                }
            }
            else
            {
                _progress.Failed++;

                // Of a wrong key or an unreachable server one error is enough.
                if (cause is not ByokApiException { EndsTheCommand: true } ending || (record.Failure as ByokApiException)?.Kind != ending.Kind)
                {
                    Pipeline.WriteWarning(record.Failure.Message);
                }
            }
        }

        if (isHeard ? _progress.Done + _progress.Failed + left > 1 : unheard.Count + left > 0)
        {
            Pipeline.WriteWarning(FormattableString.Invariant(
                $"The command ends early: {_progress.Done} done, {_progress.Failed} failed, {left} of those already taken up not begun or not finished.")
                + (unheard.Count > 0 ? $" Done but not passed on: {string.Join(", ", unheard)}." : string.Empty));
        }

        _progress.Complete(Pipeline);
    }
}
