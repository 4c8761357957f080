using System.Management.Automation;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Forgets the session's connection. The environment variables, if set, count again.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "Byok")]
[OutputType(typeof(void))]
public sealed class DisconnectByokCommand : PSCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (ByokSession.Connected is null)
        {
            WriteVerbose("There was no connection.");
        }

        ByokSession.Connected = null;
    }
}
