using OpenRouter.Byok.Async;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>Stands in for PowerShell, and keeps everything that comes out in one order.</summary>
internal sealed class PipelineLog : ICmdletPipeline
{
    private readonly int _thread = Environment.CurrentManagedThreadId;

    public BoundParameters Parameters { get; init; } = new(new Dictionary<string, object?>(), [], input: null);

    public bool StopsOnError { get; init; }

    public bool ShowsWhatWouldBeDone => false;

    /// <summary>What comes out: objects as they are, errors as <c>!id target</c>, warnings as <c>? text</c>, questions as <c>ask target</c>.</summary>
    internal List<string> Events { get; } = [];

    internal List<ProgressReport> Progress { get; } = [];

    /// <summary>Is called with each object, and may throw as PowerShell does.</summary>
    internal Action<object>? OnObject { get; init; }

    /// <summary>Whether anything came out on another thread than the one that made this.</summary>
    internal bool WasCalledFromElsewhere { get; private set; }

    internal IEnumerable<string> Objects => Events.Where(said => said[0] is not ('!' or '?') && !said.StartsWith("ask ", StringComparison.Ordinal));

    public void WriteObject(object value, string? view = null)
    {
        Keep(value is ByokKey key ? key.Id : value.ToString()!);
        OnObject?.Invoke(value);
    }

    public void WriteTotalCount(ulong count, double accuracy)
    {
    }

    public void WriteError(CmdletError error)
    {
        Keep($"!{error.Id} {error.Target}");
        if (StopsOnError)
        {
            throw new PipelineEndedException();
        }
    }

    public void ThrowTerminatingError(CmdletError error)
    {
        Keep($"!!{error.Id} {error.Target}");
        throw new PipelineEndedException();
    }

    public void WriteWarning(string message) => Keep("? " + message);

    public void WriteVerbose(string message)
    {
    }

    public void WriteProgress(ProgressReport report) => Progress.Add(report);

    public bool ShouldProcess(string target, string action)
    {
        Keep("ask " + target);
        return true;
    }

    public bool ShouldProcess(string description, string question, string caption) => ShouldProcess(caption, question);

    public string ResolvePath(string path) => path;

    private void Keep(string said)
    {
        WasCalledFromElsewhere |= Environment.CurrentManagedThreadId != _thread;
        Events.Add(said);
    }
}
