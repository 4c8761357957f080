using System.Management.Automation;
using OpenRouter.Byok.Async;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Deletes provider keys; the server wipes the key material.</summary>
[Cmdlet(VerbsCommon.Remove, "ByokKey", DefaultParameterSetName = IdSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveByokKeyCommand : KeyTargetCmdlet
{
    private protected override string Activity => "Removing keys";

    private protected override void Process(KeyTarget target)
    {
        ByokConnection connection = ActiveConnection;
        if (target.Known is null && AsksBefore(ConfirmImpact.High))
        {
            Records.Add((output, stop) => AskThenRemoveAsync(connection, target, output, stop), target.Id, orderedBy: target.Id);
        }
        else if (ShouldRemove(target.ToString()))
        {
            Records.Add((output, stop) => ByokClients.For(connection).DeleteKeyAsync(target.Id, target.ToString(), output, stop), target.Id, orderedBy: target.Id);
        }
    }

    private bool ShouldRemove(string key) => ShouldProcess($"Remove key {key}.", $"Remove key {key}?", "Confirm");

    /// <summary>Reads the key first, so that the prompt names it.</summary>
    private async Task AskThenRemoveAsync(ByokConnection connection, KeyTarget target, RecordOutput output, CancellationToken stop)
    {
        string name = output.WasDeclinedBefore
            ? target.Id
            : (await ByokClients.For(connection).GetKeyAsync(target.Id, output, stop).ConfigureAwait(false)).ToString();
        if (await output.AskAsync(() => ShouldRemove(name)).ConfigureAwait(false))
        {
            await ByokClients.For(connection).DeleteKeyAsync(target.Id, name, output, stop).ConfigureAwait(false);
        }
    }
}
