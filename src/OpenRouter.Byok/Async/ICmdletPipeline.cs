namespace OpenRouter.Byok.Async;

/// <summary>
/// What a cmdlet needs of PowerShell, so that its logic runs without an engine. Every member is used on the pipeline
/// thread only.
/// </summary>
internal interface ICmdletPipeline
{
    /// <summary>What is bound for the present record.</summary>
    BoundParameters Parameters { get; }

    /// <summary>Whether an error ends the command (<c>-ErrorAction Stop</c>).</summary>
    bool StopsOnError { get; }

    /// <summary>Whether <see cref="ShouldProcess(string, string)"/> will say what would be done or ask, so that it is worth finding out more first.</summary>
    bool ShowsWhatWouldBeDone { get; }

    /// <summary>Gives an object to the next command.</summary>
    /// <param name="value">The object.</param>
    /// <param name="view">The view of its type to show it in (<c>Type#View</c>); <see langword="null"/>: its usual one.</param>
    void WriteObject(object value, string? view = null);

    /// <summary>Gives the number of records there are, for <c>-IncludeTotalCount</c>.</summary>
    /// <param name="count">The number.</param>
    /// <param name="accuracy">0 for unknown to 1 for exact.</param>
    void WriteTotalCount(ulong count, double accuracy);

    /// <summary>Reports that one record failed; throws where errors end the command.</summary>
    void WriteError(CmdletError error);

    /// <summary>Ends the command with an error.</summary>
    void ThrowTerminatingError(CmdletError error);

    /// <summary>Writes a warning.</summary>
    void WriteWarning(string message);

    /// <summary>Writes for <c>-Verbose</c>.</summary>
    void WriteVerbose(string message);

    /// <summary>Shows how far the command is.</summary>
    void WriteProgress(ProgressReport report);

    /// <summary>Whether to go on, by <c>-WhatIf</c>, <c>-Confirm</c> and the preference variables.</summary>
    bool ShouldProcess(string target, string action);

    /// <summary>The same with a description of its own.</summary>
    bool ShouldProcess(string description, string question, string caption);

    /// <summary>The file system path of a PowerShell path; <see langword="null"/> where it is none.</summary>
    string? ResolvePath(string path);
}
