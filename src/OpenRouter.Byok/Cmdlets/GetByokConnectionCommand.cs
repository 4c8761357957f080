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

            // The same connection belongs to the runspace here and to the session elsewhere, so the object does not
            // have its source.
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
