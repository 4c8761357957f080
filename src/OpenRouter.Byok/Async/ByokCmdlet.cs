using System.Management.Automation;
using System.Reflection;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Async;

/// <summary>
/// A cmdlet whose records overlap: each record starts work that goes on while the next one is taken, and what the work
/// says comes out in the order of the input.
/// </summary>
public abstract class ByokCmdlet : PSCmdlet, IDisposable
{
    private readonly Dictionary<string, FlagText> _flagTexts = new(StringComparer.OrdinalIgnoreCase);
    private CommandRun? _run;

    /// <summary>Text that was given for a switch and is neither true nor false, by the parameter's name.</summary>
    internal IReadOnlyDictionary<string, FlagText> FlagTexts => _flagTexts;

    /// <summary>What the command does, for the progress display: <c>Removing credentials</c>.</summary>
    internal abstract string Activity { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Checks what the command line gave, before any record.</summary>
    internal virtual void Begin(CommandRun run)
    {
    }

    /// <summary>Starts the work on one record.</summary>
    internal abstract void Record(CommandRun run);

    /// <summary>Starts what only makes sense when all records are known.</summary>
    internal virtual void End(CommandRun run)
    {
    }

    /// <summary>The connection that the parameters, the session or the environment give.</summary>
    /// <exception cref="ByokApiException">There is none.</exception>
    private protected static ByokConnection ConnectionOf(CommandRun run) =>
        run.Pipeline.Parameters.Connection ?? ByokSession.Default;

    /// <summary>To be called by the setter of a switch that takes text.</summary>
    private protected void KeepText(string parameter)
    {
        if (FlagTextTransformationAttribute.TakeAside() is { } text)
        {
            _flagTexts[parameter] = text;
        }
        else
        {
            _flagTexts.Remove(parameter);
        }
    }

    /// <inheritdoc/>
    protected sealed override void BeginProcessing() => Guard(() =>
    {
        var pipeline = new PowerShellPipeline(this);
        _run = new CommandRun(pipeline, Activity, (int)pipeline.Parameters.Number("ThrottleLimit", CommandRun.DefaultThrottleLimit))
        {
            IsChanging = GetType().GetCustomAttribute<CmdletAttribute>()?.SupportsShouldProcess == true,
        };
        Begin(_run);
    });

    /// <inheritdoc/>
    protected sealed override void ProcessRecord() => Guard(() =>
    {
        _run!.Row++;
        Record(_run);
    });

    /// <inheritdoc/>
    protected sealed override void EndProcessing() => Guard(() =>
    {
        End(_run!);
        _run!.Complete();
    });

    /// <inheritdoc/>
    protected sealed override void StopProcessing() => _run?.Stop();

    /// <summary>Ends what is under way.</summary>
    /// <param name="disposing">Whether this is not the finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _run?.Dispose();
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
            new PowerShellPipeline(this).ThrowTerminatingError(CmdletError.From(error, target: null));
        }
    }
}
