using System.Management.Automation;
using System.Management.Automation.Runspaces;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Removes the connection of this runspace. The session's connection and environment variables apply again.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "Byok")]
[OutputType(typeof(void))]
public sealed class DisconnectByokCommand : PSCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (ByokSession.OfRunspace is null)
        {
            WriteVerbose("This runspace has no connection.");
        }

        ByokSession.Connect(Runspace.DefaultRunspace, null);
    }
}
