using System.Management.Automation;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Shows the connection that commands use and where it comes from: this runspace, the session or the environment.</summary>
[Cmdlet(VerbsCommon.Get, "ByokConnection")]
[OutputType(typeof(ByokConnection))]
public sealed class GetByokConnectionCommand : PSCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            var session = SessionConnection.Read();
            if (session.Find() is not { } connection)
            {
                WriteVerbose($"There is no connection. Connect with Connect-Byok, or set the environment variable {EnvironmentConnection.ManagementKeyVariable}.");
                return;
            }

            // The same connection is the runspace's here and the session's elsewhere, so the object itself cannot tell.
            var shown = new PSObject(connection);
            shown.Properties.Add(new PSNoteProperty("Source", session.Source));
            WriteObject(shown);
        }
        catch (ByokApiException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, target: null));
        }
    }
}
