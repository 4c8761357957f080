using System.Management.Automation;
using System.Reflection;

namespace OpenRouter.Byok.Async;

/// <summary>A cmdlet that works on several records at once, and writes its output in the order of the input.</summary>
public abstract class AsyncCmdlet : PSCmdlet, IDisposable
{
    private RecordScheduler? _records;

    /// <summary>Whether an error ends the command (<c>-ErrorAction Stop</c>).</summary>
    internal bool StopsOnError => PreferenceOf("ErrorAction", "ErrorActionPreference", ActionPreference.Continue) == ActionPreference.Stop;

    /// <summary>Whether <c>-Debug</c> is in effect.</summary>
    internal bool IsDebugging => MyInvocation.BoundParameters.TryGetValue("Debug", out object? debug)
        ? debug is SwitchParameter { IsPresent: true }
        : PreferenceOf(string.Empty, "DebugPreference", ActionPreference.SilentlyContinue) is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);

    /// <summary>What the command does, for the progress display: <c>Removing keys</c>.</summary>
    private protected abstract string Activity { get; }

    /// <summary>How many records may run at once.</summary>
    private protected virtual int Concurrency => RecordScheduler.DefaultThrottleLimit;

    /// <summary>The scheduler of the records. Set from BeginProcessing on.</summary>
    private protected RecordScheduler Records => _records!;

    /// <summary>The number of the current record, from 1: the row number in messages.</summary>
    private protected long RecordNumber { get; private set; }

    /// <summary>Whether the command changes the account.</summary>
    private protected bool ChangesAccount => GetType().GetCustomAttribute<CmdletAttribute>()!.SupportsShouldProcess;

    /// <summary>Whether <c>-WhatIf</c> is in effect.</summary>
    internal bool IsWhatIf => IsOn("WhatIf", "WhatIfPreference");

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Checks the parameters of the command line, before any record.</summary>
    private protected virtual void Begin()
    {
    }

    /// <summary>Starts the work on one record.</summary>
    private protected abstract void Process();

    /// <summary>Starts the work that requires all records.</summary>
    private protected virtual void End()
    {
    }

    /// <summary>Whether ShouldProcess will prompt, or show what would happen, so that the key must be read first.</summary>
    private protected bool AsksBefore(ConfirmImpact impact) =>
        IsWhatIf
        || (MyInvocation.BoundParameters.TryGetValue("Confirm", out object? confirm)
            ? confirm is SwitchParameter { IsPresent: true }
            : PreferenceOf("", "ConfirmPreference", ConfirmImpact.High) is var preference && preference != ConfirmImpact.None && impact >= preference);

    /// <inheritdoc/>
    protected sealed override void BeginProcessing() => Guard(() =>
    {
        _records = new RecordScheduler(this, Activity, Concurrency) { ChangesAccount = ChangesAccount, CountsObjects = !ChangesAccount };
        Begin();
    });

    /// <inheritdoc/>
    protected sealed override void ProcessRecord() => Guard(() =>
    {
        RecordNumber++;
        Process();
    });

    /// <inheritdoc/>
    protected sealed override void EndProcessing() => Guard(() =>
    {
        End();
        Records.Complete();
    });

    /// <inheritdoc/>
    protected sealed override void StopProcessing() => _records?.Stop();

    /// <summary>Ends what runs.</summary>
    /// <param name="disposing">Whether the call does not come from the finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _records?.Dispose();
        }
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (OperationCanceledException) when (Stopping)
        {
            throw new PipelineStoppedException();
        }
        catch (ByokApiException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, target: null));
        }
    }

    private bool IsOn(string parameter, string variable) =>
        MyInvocation.BoundParameters.TryGetValue(parameter, out object? bound)
            ? bound is SwitchParameter { IsPresent: true }
            : LanguagePrimitives.IsTrue(GetVariableValue(variable));

    /// <summary>A common parameter, or its preference variable.</summary>
    private T PreferenceOf<T>(string parameter, string variable, T otherwise)
        where T : struct, Enum
    {
        object? value = MyInvocation.BoundParameters.TryGetValue(parameter, out object? bound) ? bound : GetVariableValue(variable);
        return LanguagePrimitives.TryConvertTo(value, out T preference) ? preference : otherwise;
    }
}
