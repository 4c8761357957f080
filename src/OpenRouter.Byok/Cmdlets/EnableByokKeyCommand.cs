using System.Management.Automation;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Enables provider keys again.</summary>
[Cmdlet(VerbsLifecycle.Enable, "ByokKey", DefaultParameterSetName = IdSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(ByokKey))]
public sealed class EnableByokKeyCommand : KeySwitchCmdlet
{
    private protected override bool Disables => false;
}
