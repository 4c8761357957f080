using OpenRouter.Byok.Async;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>A change of one key: prompts if required, sends the change, and returns the changed key on request.</summary>
/// <param name="Cmdlet">The cmdlet that prompts.</param>
/// <param name="Connection">The account.</param>
/// <param name="Target">The key.</param>
/// <param name="Request">What changes.</param>
internal sealed record KeyChange(ByokCmdlet Cmdlet, ByokConnection Connection, KeyTarget Target, UpdateByokKeyRequest Request)
{
    /// <summary>Whether the changed key is returned.</summary>
    internal bool PassThru { get; init; }

    /// <summary>Sends the change.</summary>
    internal async Task SendAsync(RecordOutput output, CancellationToken stop)
    {
        ByokKey changed = await ByokClients.For(Connection).UpdateKeyAsync(Target.Id, Request with { KeyName = Target.ToString() }, output, stop).ConfigureAwait(false);
        if (PassThru)
        {
            await output.WriteAsync(changed).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the key, prompts with the old and the new values, and sends the change.</summary>
    internal async Task AskThenSendAsync(RecordOutput output, CancellationToken stop)
    {
        if (await AskAsync(output, stop).ConfigureAwait(false))
        {
            await SendAsync(output, stop).ConfigureAwait(false);
        }
    }

    private async Task<bool> AskAsync(RecordOutput output, CancellationToken stop)
    {
        if (output.WasDeclinedBefore)
        {
            // After No to All, nothing is read for a prompt that will be declined.
            return await AskAsync(output, Target.ToString(), ChangedFields()).ConfigureAwait(false);
        }

        ByokKey now = await ByokClients.For(Connection).GetKeyAsync(Target.Id, output, stop).ConfigureAwait(false);
        List<string> changes = Request.Settings.Differences(now).Select(static difference => difference.ToString()).ToList();
        if (Request.Key is not null)
        {
            changes.Insert(0, $"Key from {now.Label ?? "(none)"} to a new one");
            if (FindRegionChange(now) is { } change)
            {
                changes.Add(change.ToString());
            }
        }

        if (changes.Count == 0)
        {
            output.Verbose($"Key {now} is unchanged: it has these values already.");
            return false;
        }

        return await AskAsync(output, now.ToString(), string.Join(", ", changes)).ConfigureAwait(false);
    }

    /// <summary>The change of a key that was read in the meantime: its provider determines how the new raw key is checked.</summary>
    internal KeyChange Of(ByokKey known) => this with { Target = new KeyTarget(known.Id, known), Request = Request with { Provider = known.Provider } };

    /// <summary>How the new raw key changes the declared region, unless the command sets it.</summary>
    internal KeyDifference? FindRegionChange(ByokKey now) =>
        MayChangeRegion(now.Provider) ? RawKey.FindRegionChange(Request.Key!, now.Provider, now.DeclaredRegion) : null;

    /// <summary>Whether the new raw key can change the declared region of a key of the provider.</summary>
    internal bool MayChangeRegion(string? provider) =>
        Request.Key is not null && RawKey.HoldsRegion(provider) && !Request.Settings.TryGetValue(KeyFields.DeclaredRegion, out _);

    private Task<bool> AskAsync(RecordOutput output, string key, string changes) =>
        output.AskAsync(() => Cmdlet.ShouldProcess($"Change key {key}: {changes}.", $"Change {changes}?", key));

    /// <summary>The names of the fields that are sent.</summary>
    internal string ChangedFields() => string.Join(
        ", ",
        (Request.Key is null ? Enumerable.Empty<string>() : ["Key"])
            .Concat(Request.Settings.Select(static setting => setting.Key.Name))
            .Concat(Request.Settings.AdditionalProperties.Keys));
}
