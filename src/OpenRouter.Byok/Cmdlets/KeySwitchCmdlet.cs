using System.Management.Automation;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>A cmdlet that enables or disables keys.</summary>
public abstract class KeySwitchCmdlet : KeyTargetCmdlet
{
    /// <summary>Returns the changed keys.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Whether the keys are disabled.</summary>
    private protected abstract bool Disables { get; }

    private protected override string Activity => Disables ? "Disabling keys" : "Enabling keys";

    private protected override void Process(KeyTarget target)
    {
        var request = new UpdateByokKeyRequest { Settings = new ByokKeySettings().Set(KeyFields.Disabled, Disables) };
        var change = new KeyChange(this, ActiveConnection, target, request) { PassThru = PassThru };
        if (AsksBefore(ConfirmImpact.Medium))
        {
            Records.Add(change.AskThenSendAsync, target.Id, orderedBy: target.Id);
        }
        else if (ShouldProcess(target.ToString(), Disables ? "Disable key" : "Enable key"))
        {
            Records.Add(change.SendAsync, target.Id, orderedBy: target.Id);
        }
    }
}
