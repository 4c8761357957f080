using System.Management.Automation;
using System.Security;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Completion;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Changes provider keys; with a new raw key it rotates them in place.</summary>
[Cmdlet(VerbsCommon.Set, "ByokKey", DefaultParameterSetName = IdSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(ByokKey))]
public sealed class SetByokKeyCommand : KeyFieldsCmdlet
{
    private static readonly string[] Columns = [nameof(Id), "Provider", "WorkspaceId", nameof(Key), nameof(KeyPath)];

    /// <summary>The keys for the one raw key of the command line. They are sent when all of them are known to have one provider.</summary>
    private readonly List<KeyChange> _rotations = [];
    private bool _hasWarnedOfRegion;

    /// <summary>The ids of the keys (<c>id</c>).</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = IdSet, HelpMessage = "The id of a key; Get-ByokKey shows it.")]
    [AllowEmptyString]
    [IdTransformation]
    [ArgumentCompleter(typeof(KeyIdCompleter))]
    public string[] Id { get; set; } = [];

    /// <summary>The keys: what Get-ByokKey returns. Only their ids are used; old values are never written back.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = InputObjectSet, HelpMessage = "A key: what Get-ByokKey returns.")]
    [KeyTransformation]
    public ByokKey[] InputObject { get; set; } = [];

    /// <summary>Returns the changed keys.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string Activity => "Changing keys";

    private protected override void Process()
    {
        if (ParameterSetName == RowSet)
        {
            ProcessRow();
            return;
        }

        IEnumerable<KeyTarget> targets = ParameterSetName == InputObjectSet ? InputObject.Select(static key => new KeyTarget(key.Id, key)) : KeyTarget.Of(Id, RecordNumber, Records.Fail);
        foreach (KeyTarget target in targets)
        {
            Process(target, row: null);
        }
    }

    private void ProcessRow()
    {
        try
        {
            var row = new RowReader(Row!, RecordNumber, Columns);
            string id = row.ReadText(nameof(Id)) ?? throw row.Missing(nameof(Id));
            if (!ResourceId.IsId(id))
            {
                throw row.Problem(nameof(Id), $"'{ResourceId.Show(id)}' is not the id of a key.");
            }

            Process(new KeyTarget(id) { Provider = row.ReadText("Provider") }, row);
        }
        catch (ByokApiException error) when (!error.EndsTheCommand)
        {
            Records.Fail(error, FormattableString.Invariant($"Row {RecordNumber}"));
        }
    }

    private void Process(KeyTarget target, RowReader? row)
    {
        IDisposable? owned = null;
        try
        {
            SecureString? key = ReadKey(row, target.Provider, out owned);
            var request = new UpdateByokKeyRequest { Key = key, Provider = target.Provider, Settings = ReadSettings(row) };
            var change = new KeyChange(this, ActiveConnection, target, request) { PassThru = PassThru };
            if (key is not null && HasOneKey)
            {
                _rotations.Add(change);
                return;
            }

            IDisposable? passedOn = owned;
            owned = null;
            Start(change, passedOn);
        }
        catch (ByokApiException error) when (!error.EndsTheCommand)
        {
            Records.Fail(error, target.Id);
        }
        finally
        {
            owned?.Dispose();
        }
    }

    private protected override void End()
    {
        // A prompt or -WhatIf reads the key itself; if there are several keys, all are read before the first prompt.
        if (_rotations.Count > 1 || !AsksBefore(ConfirmImpact.Medium))
        {
            ReadUnknown();
            CheckProviders();
        }

        _rotations.ForEach(rotation => Start(rotation, owned: null));
    }

    /// <summary>Reads the keys with an unknown provider, for the checks of a raw key; keys that cannot be read fail here.</summary>
    private void ReadUnknown()
    {
        var read = new KeyChange?[_rotations.Count];
        for (int index = 0; index < read.Length; index++)
        {
            (int place, KeyChange rotation) = (index, _rotations[index]);
            if (rotation.Target.Provider is not null)
            {
                read[place] = rotation;
                continue;
            }

            Records.Add(
                async (output, stop) => read[place] = rotation.Of(await ByokClients.For(rotation.Connection).GetKeyAsync(rotation.Target.Id, output, stop).ConfigureAwait(false)),
                rotation.Target.Id);
        }

        Records.Complete();
        _rotations.Clear();
        _rotations.AddRange(read.OfType<KeyChange>());
    }

    /// <summary>One raw key belongs to one provider. Refuses it for keys of several providers, because the others would stop working.</summary>
    private void CheckProviders()
    {
        string[] providers = _rotations.Select(static rotation => rotation.Target.Provider!).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        if (providers.Length > 1)
        {
            throw ErrorRecords.BadInput(
                $"One raw key cannot go to keys of several providers ({string.Join(", ", providers)}).",
                "Choose the keys of one provider, or give each key its own raw key, by rows or by a script block.");
        }
    }

    private void Start(KeyChange change, IDisposable? owned)
    {
        KeyTarget target = change.Target;
        if (change.Request.IsEmpty)
        {
            WriteWarning($"Nothing to change in key {target}. Nothing was sent.");
        }
        else if (AsksBefore(ConfirmImpact.Medium))
        {
            Records.Add(change.AskThenSendAsync, target.Id, orderedBy: target.Id, owned);
            return;
        }
        else if (ShouldProcess(target.ToString(), $"Change {change.ChangedFields()}"))
        {
            WarnOfRegion(change);
            Records.Add(change.SendAsync, target.Id, orderedBy: target.Id, owned);
            return;
        }

        owned?.Dispose();
    }

    /// <summary>Warns on the pipeline thread before the change is queued, so that -WarningAction Stop or Inquire still prevents it.</summary>
    private void WarnOfRegion(KeyChange change)
    {
        if (change.Target.Known is { } known)
        {
            if (change.FindRegionChange(known) is { } difference)
            {
                WriteWarning($"The rotation changes {difference} for key {known}: {known.Provider} takes the region from the raw key.");
            }
        }
        else if (!_hasWarnedOfRegion && change.MayChangeRegion(change.Target.Provider))
        {
            _hasWarnedOfRegion = true;
            WriteWarning(
                $"The rotation may change DeclaredRegion of key {change.Target}, and of other keys whose region is not read: "
                + $"{change.Target.Provider} takes the region from the raw key. To see each change, pipe the keys from Get-ByokKey or use -WhatIf.");
        }
    }
}
