using System.Management.Automation;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>At the end of a pipeline: reports when the engine has stopped every command of the pipeline.</summary>
[Cmdlet(VerbsCommon.Watch, "Stop")]
public sealed class WatchStopCommand : PSCmdlet
{
    /// <summary>Is set at that time.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public ManualResetEventSlim Event { get; set; } = null!;

    /// <summary>What comes through the pipeline.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void StopProcessing() => Event.Set();
}
