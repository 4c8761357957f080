using System.Security;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Async;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>What Set-ByokKey changes in one credential.</summary>
internal sealed class KeyChange : IDisposable
{
    private readonly UpdateByokKeyRequest _request;
    private readonly SecureString? _owned;

    private KeyChange(UpdateByokKeyRequest request, SecureString? owned)
    {
        _request = request;
        _owned = owned;
    }

    /// <summary>Reads the change from the parameters.</summary>
    /// <exception cref="ByokApiException">A value is impossible.</exception>
    internal static KeyChange Read(CommandRun run, BoundParameters bound)
    {
        var fields = new KeyInput(run, bound);
        ByokKeySettings settings = fields.Settings();
        SecureString? key = fields.KeyOrFile(run.Pipeline.ResolvePath, bound.Input?.Text("Provider"), out bool isOwned);
        return new KeyChange(new UpdateByokKeyRequest { Key = key, Settings = settings }, isOwned ? key : null);
    }

    public void Dispose() => _owned?.Dispose();

    /// <summary>Asks, then sends the change; says so where there is nothing to change.</summary>
    internal void Start(CommandRun run, ByokConnection connection, CredentialTarget target)
    {
        bool isPassedOn = false;
        try
        {
            bool passThru = run.Pipeline.Parameters.IsOn(nameof(SetByokKeyCommand.PassThru));
            if (_request.IsEmpty)
            {
                run.Pipeline.WriteWarning($"Nothing to change in credential {target.Description}; nothing was sent.");
            }
            else if (run.Pipeline.ShowsWhatWouldBeDone)
            {
                isPassedOn = true;
                run.Start((output, stop) => CompareThenSendAsync(connection, target, passThru, output, stop), target.Id, this);
            }
            else if (run.Pipeline.ShouldProcess(target.Description, $"Change {string.Join(", ", Changes(null))}"))
            {
                isPassedOn = true;
                run.Start((output, stop) => SendAsync(connection, target, passThru, output, stop), target.Id, this);
            }
        }
        finally
        {
            if (!isPassedOn)
            {
                Dispose();
            }
        }
    }

    /// <summary>Reads the credential as it is now, and asks with what would change from what to what.</summary>
    private async Task CompareThenSendAsync(
        ByokConnection connection, CredentialTarget target, bool passThru, RecordOutput output, CancellationToken stop)
    {
        ByokKey now = await ByokClients.For(connection).GetKeyAsync(target.Id, output, stop).ConfigureAwait(false);
        string[] changes = Changes(now).ToArray();
        if (changes.Length == 0)
        {
            output.Say(pipeline => pipeline.WriteVerbose($"Credential {now} is so already."));
            return;
        }

        string what = string.Join(", ", changes);
        if (await output.ShouldProcessAsync($"Change credential {now}: {what}.", $"Change {what}?", now.ToString()).ConfigureAwait(false))
        {
            await SendAsync(connection, target, passThru, output, stop).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(ByokConnection connection, CredentialTarget target, bool passThru, RecordOutput output, CancellationToken stop)
    {
        ByokKey changed = await ByokClients.For(connection).UpdateKeyAsync(target.Id, _request, output, stop).ConfigureAwait(false);
        if (passThru)
        {
            await output.WriteAsync(changed).ConfigureAwait(false);
        }
    }

    /// <summary>The fields that change, with their old and new values where the old ones are known.</summary>
    private IEnumerable<string> Changes(ByokKey? now)
    {
        if (_request.Key is not null)
        {
            yield return now is null ? "Key" : $"Key (now {now.Label}) to a new one";
        }

        IEnumerable<string> settings = now is null
            ? _request.Settings.Select(static setting => setting.Key.Name)
            : _request.Settings.Differences(now).Select(static difference => difference.ToString());
        foreach (string setting in settings)
        {
            yield return setting;
        }
    }
}
