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

    /// <summary>The keys that the one raw key of the command line goes to: sent when all of them are known to be of one provider.</summary>
    private readonly List<KeyChange> _rotations = [];

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
        if (_rotations.Count > 1)
        {
            CheckProviders();
        }

        _rotations.ForEach(rotation => Start(rotation, owned: null));
    }

    /// <summary>One raw key belongs to one provider: refuses it for keys of several, of which the wrong ones would stop working.</summary>
    private void CheckProviders()
    {
        var known = new Dictionary<KeyChange, ByokKey?>();
        foreach (KeyChange rotation in _rotations)
        {
            known[rotation] = rotation.Target.Known;
            if (rotation.Target.Provider is null)
            {
                Records.Add(
                    async (output, stop) =>
                    {
                        ByokKey key = await ByokClients.For(rotation.Connection).GetKeyAsync(rotation.Target.Id, output, stop).ConfigureAwait(false);
                        lock (known)
                        {
                            known[rotation] = key;
                        }
                    },
                    rotation.Target.Id);
            }
        }

        Records.Complete();
        _rotations.RemoveAll(rotation => rotation.Target.Provider is null && known[rotation] is null);
        string[] providers = _rotations.Select(rotation => known[rotation]?.Provider ?? rotation.Target.Provider!).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
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
            Records.Add(change.SendAsync, target.Id, orderedBy: target.Id, owned);
            return;
        }

        owned?.Dispose();
    }
}
