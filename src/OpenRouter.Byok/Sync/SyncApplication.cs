using System.Security;
using OpenRouter.Byok.Async;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Sync;

/// <summary>Runs the steps of a plan.</summary>
/// <param name="connection">The account.</param>
internal sealed class SyncApplication(ByokConnection connection)
{
    /// <summary>Runs a step and writes its result; a failure is also a result, and is thrown for the error stream.</summary>
    /// <param name="step">The step.</param>
    /// <param name="key">The raw key of the row; <see langword="null"/> if none is sent.</param>
    /// <param name="output">Where the result goes.</param>
    /// <param name="stop">Stops it.</param>
    internal async Task RunAsync(SyncStep step, SecureString? key, RecordOutput output, CancellationToken stop)
    {
        try
        {
            await output.WriteAsync(await ApplyAsync(step, key, output, stop).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (ByokApiException failure) when (!failure.EndsTheCommand)
        {
            await output.WriteAsync(step.ToResult(ByokSyncAction.Failed, error: failure.Message)).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<ByokSyncResult> ApplyAsync(SyncStep step, SecureString? key, RecordOutput output, CancellationToken stop)
    {
        switch (step.Action)
        {
            case ByokSyncAction.Created:
                var creation = new CreateByokKeyRequest { Provider = step.Desired!.Provider!, Key = key!, Settings = step.Desired.Settings };
                creation = step.Desired.WorkspaceId is { } workspace ? creation with { WorkspaceId = workspace } : creation;
                return step.ToResult(step.Action, await ByokClients.For(connection).CreateKeyAsync(creation, output, output, stop).ConfigureAwait(false));
            case ByokSyncAction.Removed:
                await CheckUnchangedAsync(step, output, stop).ConfigureAwait(false);
                await ByokClients.For(connection).DeleteKeyAsync(step.Key!.Id, step.Key.ToString(), output, stop).ConfigureAwait(false);
                return step.ToResult(step.Action);
            default:
                await CheckUnchangedAsync(step, output, stop).ConfigureAwait(false);
                var change = new UpdateByokKeyRequest { Key = step.Action == ByokSyncAction.Rotated ? key : null, Provider = step.Key!.Provider, Settings = Differing(step) };
                return step.ToResult(step.Action, await ByokClients.For(connection).UpdateKeyAsync(step.Key!.Id, change with { KeyName = step.Key.ToString() }, output, stop).ConfigureAwait(false));
        }
    }

    /// <summary>Fails if the key has changed since the plan was made, so that no change of somebody else is overwritten.</summary>
    private async Task CheckUnchangedAsync(SyncStep step, RecordOutput output, CancellationToken stop)
    {
        ByokKey planned = step.Key!;
        ByokKey now = await ByokClients.For(connection).GetKeyAsync(planned.Id, output, stop).ConfigureAwait(false);
        string[] others = KeyFields.All
            .Where(field => field.Access == KeyFieldAccess.CreateAndUpdate || field == KeyFields.Label)
            .Where(field => step.Action != ByokSyncAction.Changed || field != KeyFields.Label)
            .Where(field => !Equals(field.GetValue(planned), field.GetValue(now)))
            .Select(field => new KeyDifference(field.Name, field.GetValue(planned), field.GetValue(now)).ToString())
            .ToArray();
        if (others.Length > 0)
        {
            string advice = "Run the command again.";
            throw new ByokApiException(ByokErrorKind.Conflict, $"Key {planned} was changed by somebody else after the plan was made: {string.Join(", ", others)}. Nothing was sent. {advice}")
            {
                RecommendedAction = advice,
            };
        }
    }

    /// <summary>Only the differences are sent.</summary>
    private static ByokKeySettings Differing(SyncStep step)
    {
        var differing = new ByokKeySettings();
        foreach (KeyValuePair<KeyField, object?> setting in step.Desired!.Settings)
        {
            if (setting.Key == step.Kept || step.Differences.Any(difference => difference.Name == setting.Key.Name))
            {
                differing.SetValue(setting.Key, setting.Value);
            }
        }

        return differing;
    }
}
