using System.Management.Automation;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>At the end of a pipeline: tells when the engine has told every command of the pipeline to stop.</summary>
[Cmdlet(VerbsCommon.Watch, "Stop")]
public sealed class WatchStopCommand : PSCmdlet
{
    /// <summary>What is set then.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public ManualResetEventSlim Event { get; set; } = null!;

    /// <summary>What comes through the pipeline.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void StopProcessing() => Event.Set();
}
