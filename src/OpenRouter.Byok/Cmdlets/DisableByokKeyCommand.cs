using System.Management.Automation;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Disables provider keys: OpenRouter stops using them at once.</summary>
[Cmdlet(VerbsLifecycle.Disable, "ByokKey", DefaultParameterSetName = IdSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(ByokKey))]
public sealed class DisableByokKeyCommand : KeySwitchCmdlet
{
    private protected override bool Disables => true;
}
