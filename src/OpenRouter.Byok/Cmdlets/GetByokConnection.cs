using System.Management.Automation;
using OpenRouter.Byok.Async;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Shows the connection that commands use: the session's, else the environment's, else nothing.</summary>
[Cmdlet(VerbsCommon.Get, "ByokConnection")]
[OutputType(typeof(ByokConnection))]
public sealed class GetByokConnectionCommand : PSCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            if ((ByokSession.Connected ?? ByokSession.FromEnvironment()) is { } connection)
            {
                WriteObject(connection);
            }
            else
            {
                WriteVerbose($"There is no connection: nobody called Connect-Byok, and {ByokSession.ManagementKeyVariable} is not set.");
            }
        }
        catch (ByokApiException error)
        {
            CmdletError wrong = CmdletError.From(error, target: null);
            ThrowTerminatingError(new ErrorRecord(wrong.Cause, wrong.Id, wrong.Category, wrong.Target));
        }
    }
}
