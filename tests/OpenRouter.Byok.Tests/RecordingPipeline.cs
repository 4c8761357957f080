using OpenRouter.Byok.Async;

namespace OpenRouter.Byok.Tests;

/// <summary>Stands in for PowerShell: keeps what a cmdlet says, and answers its questions.</summary>
internal sealed class RecordingPipeline : ICmdletPipeline
{
    public BoundParameters Parameters { get; set; } = new(new Dictionary<string, object?>(), [], input: null);

    public bool StopsOnError { get; init; }

    public bool ShowsWhatWouldBeDone { get; init; }

    /// <summary>What is answered when the cmdlet asks; yes unless told otherwise.</summary>
    internal Func<string, bool> Answer { get; init; } = static _ => true;

    internal List<object> Objects { get; } = [];

    /// <summary>The views that objects were given, in order; <see langword="null"/> for the usual one.</summary>
    internal List<string?> Views { get; } = [];

    internal List<CmdletError> Errors { get; } = [];

    /// <summary>The error that ended the command; <see langword="null"/> where none did.</summary>
    internal CmdletError? TerminatingError { get; private set; }

    internal List<string> Warnings { get; } = [];

    internal List<string> Verbose { get; } = [];

    internal List<ProgressReport> Progress { get; } = [];

    /// <summary>What was asked, as <c>action: target</c> or in the question's own words.</summary>
    internal List<string> Questions { get; } = [];

    internal List<(ulong Count, double Accuracy)> TotalCounts { get; } = [];

    public void WriteObject(object value, string? view = null)
    {
        Objects.Add(value);
        Views.Add(view);
    }

    public void WriteTotalCount(ulong count, double accuracy) => TotalCounts.Add((count, accuracy));

    public void WriteError(CmdletError error)
    {
        Errors.Add(error);
        if (StopsOnError)
        {
            throw new PipelineEndedException();
        }
    }

    public void ThrowTerminatingError(CmdletError error)
    {
        TerminatingError = error;
        throw new PipelineEndedException();
    }

    public void WriteWarning(string message) => Warnings.Add(message);

    public void WriteVerbose(string message) => Verbose.Add(message);

    public void WriteProgress(ProgressReport report) => Progress.Add(report);

    public bool ShouldProcess(string target, string action)
    {
        Questions.Add($"{action}: {target}");
        return Answer(target);
    }

    public bool ShouldProcess(string description, string question, string caption)
    {
        Questions.Add(description);
        return Answer(description);
    }

    public string ResolvePath(string path) => Path.GetFullPath(path);
}
