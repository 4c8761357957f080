using System.Management.Automation;
using System.Security;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Session;
using OpenRouter.Byok.Sync;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Makes the keys of an account match a list: shows the plan with -WhatIf, applies it without, and sends only the differences.</summary>
[Cmdlet(VerbsData.Sync, "ByokKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(ByokSyncResult))]
public sealed class SyncByokKeyCommand : ThrottledCmdlet
{
    /// <summary>The text of a cell that clears a field.</summary>
    private const string ClearText = "(none)";
    private static readonly string[] Columns = ["Id", "Provider", "WorkspaceId", "Key", "KeyPath", "Secret", "Vault"];

    private readonly List<(long Number, KeyRow Row)> _rows = [];
    private bool _removesAll;
    private bool _removesNone;

    /// <summary>The list: rows of Import-Csv or ConvertFrom-Json, objects, or keys of Get-ByokKey.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "Rows with columns named like the parameters of Set-ByokKey.")]
    [SyncRowTransformation]
    public KeyRow[] InputObject { get; set; } = [];

    /// <summary>Removes the keys that are not in the list, if their workspaces and providers are in the list.</summary>
    [Parameter]
    public SwitchParameter Prune { get; set; }

    /// <summary>Sends every raw key, even if the stored label matches it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string Activity => "Synchronizing keys";

    private protected override void Process()
    {
        foreach (KeyRow row in InputObject)
        {
            _rows.Add((_rows.Count + 1, row));
        }
    }

    private protected override void End()
    {
        if (_rows.Count == 0)
        {
            throw ErrorRecords.BadInput("The list has no rows.", "Check the file or the command that the list comes from.");
        }

        ByokConnection connection = ActiveConnection;
        List<SyncStep> failed = [];
        List<DesiredKey> rows = ReadRows(failed);
        var listing = new SyncListing(connection);
        Read(listing, rows);

        // The listing is not a row.
        Records.Progress.Succeeded = 0;
        Records.Progress.Expect(Prune ? -1 : _rows.Count);
        failed.AddRange(listing.Failed);
        if (Prune && failed.Count > 0)
        {
            WriteWarning("No key is removed, because some rows cannot be read: a key of such a row would look like a key that is not in the list.");
        }

        IEnumerable<SyncStep> plan = SyncPlan.Make(listing.Rows, listing.Keys, Force, prunes: Prune && failed.Count == 0, listing.DefaultIds);
        var application = new SyncApplication(connection);
        foreach (SyncStep step in InOrder(plan, failed))
        {
            Carry(step, application);
        }
    }

    /// <summary>Reads the account; without that there is no plan, so a failure ends the command.</summary>
    private void Read(SyncListing listing, List<DesiredKey> rows)
    {
        ByokApiException? failure = null;
        Records.Add(
            async (output, stop) =>
            {
                try
                {
                    await listing.ReadAsync(rows, output, stop).ConfigureAwait(false);
                }
                catch (ByokApiException problem)
                {
                    failure = problem;
                }
            },
            target: null);
        Records.Complete();
        if (failure is not null)
        {
            throw failure;
        }
    }

    /// <summary>Inserts the rows that failed before the plan at their positions, and makes only as many steps of the plan as required.</summary>
    private static IEnumerable<SyncStep> InOrder(IEnumerable<SyncStep> plan, List<SyncStep> failed)
    {
        var before = new Queue<SyncStep>(failed.OrderBy(static step => step.Desired!.Row));
        foreach (SyncStep step in plan)
        {
            while (before.Count > 0 && before.Peek().Desired!.Row < (step.Desired?.Row ?? long.MaxValue))
            {
                yield return before.Dequeue();
            }

            yield return step;
        }

        foreach (SyncStep step in before)
        {
            yield return step;
        }
    }

    private void Carry(SyncStep step, SyncApplication application)
    {
        var rawKey = step.Desired?.RawKey as RowRawKey;
        object target = (object?)step.Desired?.Place ?? step.Key!.Id;
        try
        {
            foreach (KeyField field in step.Unsendable)
            {
                WriteWarning(RowReader.DescribeUnreal(step.Desired!.Row, field, "Set-ByokKey "));
            }

            if (step.Action == ByokSyncAction.Failed)
            {
                Records.Add(async (output, _) => { await output.WriteAsync(step.ToResult(ByokSyncAction.Failed, error: step.Problem!.Message)).ConfigureAwait(false); throw step.Problem; }, target);
            }
            else if (step.Action == ByokSyncAction.Unchanged || !Approves(step))
            {
                ByokSyncAction action = step.Action == ByokSyncAction.Unchanged ? ByokSyncAction.Unchanged : ByokSyncAction.Planned;
                Records.Pass(step.ToResult(action), target);
            }
            else
            {
                RowRawKey? sent = step.Action is ByokSyncAction.Created or ByokSyncAction.Rotated ? rawKey : null;
                SecureString? key = sent?.Key;
                rawKey = sent is null ? rawKey : null;
                Records.Add((output, stop) => application.RunAsync(step, key, output, stop), target, orderedBy: step.Key?.Id, owned: sent);
            }
        }
        finally
        {
            rawKey?.Dispose();
        }
    }

    private bool Approves(SyncStep step)
    {
        switch (step.Action)
        {
            case ByokSyncAction.Created:
                return ShouldProcess(step.Name, SyncStep.CreateText);
            case ByokSyncAction.Removed:
                // A removed key cannot be restored, so this prompts although the rest of the command does not.
                return ShouldProcess(step.Name, SyncStep.RemoveText)
                    && (!AsksBefore(ConfirmImpact.High) || AsksBefore(ConfirmImpact.Medium)
                        || ShouldContinue($"The key {step.Name} is not in the list. Remove it?", SyncStep.RemoveText, ref _removesAll, ref _removesNone));
            default:
                string changes = string.Join(", ", step.Changes);
                return ShouldProcess($"Change key {step.Name}: {changes}.", $"Change {changes}?", step.Name);
        }
    }

    private List<DesiredKey> ReadRows(List<SyncStep> failed)
    {
        var rows = new List<DesiredKey>();
        foreach ((long number, KeyRow row) in _rows)
        {
            try
            {
                rows.Add(ReadRow(number, row));
            }
            catch (ByokApiException problem)
            {
                failed.Add(new SyncStep(ByokSyncAction.Failed, new DesiredKey(number), null) { Problem = problem });
            }
        }

        return rows;
    }

    private DesiredKey ReadRow(long number, KeyRow row)
    {
        var reader = new RowReader(row, number, Columns, ClearText);
        ByokKeySettings settings = reader.ReadSettings();
        string? id = reader.ReadText("Id");
        if (id is not null && !ResourceId.IsId(id))
        {
            throw reader.Problem("Id", $"'{ResourceId.Show(id)}' is not the id of a key.");
        }

        string? provider = reader.ReadText("Provider");
        bool hasRealName = !reader.Unreal.TryGetValue(KeyFields.Name, out object? shown);
        string? name = settings.TryGet(KeyFields.Name, out string? given) ? given : (string?)shown;
        if (id is null && (provider is null || name is null))
        {
            throw reader.Missing(provider is null ? "Provider" : "Name");
        }

        return new DesiredKey(number)
        {
            Id = id,
            Provider = provider,
            Name = name,
            HasRealName = hasRealName,
            WorkspaceId = reader.ReadText("WorkspaceId"),
            GivesWorkspace = reader.ReadText("WorkspaceId") is not null,
            Settings = settings,
            Unreal = reader.Unreal,
            RawKey = ReadRawKey(reader, provider),
        };
    }

    private RowRawKey? ReadRawKey(RowReader reader, string? provider)
    {
        SecureString? key = reader.ReadSecret("Key");
        string? path = reader.ReadText("KeyPath");
        string? secret = reader.ReadText("Secret");
        if (new object?[] { key, path, secret }.Count(static source => source is not null) > 1)
        {
            throw reader.Problem("Key", "only one of the columns Key, KeyPath and Secret can have a value.");
        }

        return key is not null ? Make("Key", () => key, isOwned: false)
            : path is not null ? Make("KeyPath", () => ReadFile(reader, path, provider), isOwned: true)
            : secret is not null ? Make("Secret", () => ReadVault(reader, secret, reader.ReadText("Vault")), isOwned: true)
            : null;

        RowRawKey Make(string column, Func<SecureString> read, bool isOwned) => new(read, problem => reader.Problem(column, problem), isOwned);
    }

    private SecureString ReadFile(RowReader reader, string path, string? provider)
    {
        string file = FilePath.Resolve(SessionState, path) ?? throw reader.Problem("KeyPath", "a path of the file system is required.");
        return Records.WaitFor(() => RawKeyFile.Read(file, provider));
    }

    /// <summary>Reads a secret with Get-Secret, on the pipeline thread, like every call of another module.</summary>
    private SecureString ReadVault(RowReader reader, string secret, string? vault)
    {
        const string script = """
            param($name, $vault)
            $from = if ($vault) { @{ Vault = $vault } } else { @{} }
            Microsoft.PowerShell.SecretManagement\Get-Secret -Name $name @from -ErrorAction Stop
            """;
        try
        {
            object? value = InvokeCommand.InvokeScript(script, false, System.Management.Automation.Runspaces.PipelineResultTypes.None, null, secret, vault).FirstOrDefault();
            return new CellReader(string.Empty).ReadSecret("Secret", value) ?? throw reader.Problem("Secret", "the secret is blank.");
        }
        catch (RuntimeException failure) when (failure is not PipelineStoppedException)
        {
            // The exception of -ErrorAction Stop only reports the stop; the error itself is in the record.
            string problem = failure is ActionPreferenceStopException ? failure.ErrorRecord.Exception.Message : failure.Message;
            throw reader.Problem("Secret", $"the secret '{ShownText.Quote(secret)}' cannot be read: {problem.TrimEnd('.', ' ')}.", "Check the name, that the vault is registered and unlocked, and that the module Microsoft.PowerShell.SecretManagement is installed.");
        }
    }
}
