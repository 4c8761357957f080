using System.Management.Automation;
using OpenRouter.Byok.Completion;
using OpenRouter.Byok.Async;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Deletes provider keys; the server wipes the key material.</summary>
[Cmdlet(VerbsCommon.Remove, "ByokKey", DefaultParameterSetName = IdSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveByokKeyCommand : ByokCmdlet
{
    private const string IdSet = "Id";
    private const string InputSet = "InputObject";

    /// <summary>Ids of the keys to delete (<c>id</c>).</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = IdSet)]
    [ArgumentCompleter(typeof(CredentialIdCompleter))]
    public string[]? Id { get; set; }

    /// <summary>A key, an id, or a row with an id.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = InputSet)]
    public PSObject? InputObject { get; set; }

    /// <summary>How many deletions may be under way at once.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = CommandRun.DefaultThrottleLimit;

    /// <summary>The connection to use instead of the session's: what Connect-Byok gives with -PassThru.</summary>
    [Parameter]
    [ValidateNotNull]
    public ByokConnection? Connection { get; set; }

    internal override string Activity => "Removing credentials";

    internal override void Record(CommandRun run)
    {
        ByokConnection connection = ConnectionOf(run);
        foreach (CredentialTarget target in CredentialTarget.Of(run))
        {
            if (run.Pipeline.ShouldProcess(target.Description, "Remove credential"))
            {
                run.Start((output, stop) => ByokClients.For(connection).DeleteKeyAsync(target.Id, output, stop), target.Id);
            }
        }
    }
}
