using System.Management.Automation;
using System.Security;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Completion;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Creates provider keys: each of them exactly once.</summary>
[Cmdlet(VerbsCommon.New, "ByokKey", DefaultParameterSetName = IdSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(ByokKey))]
public sealed class NewByokKeyCommand : KeyFieldsCmdlet
{
    private static readonly string[] Columns = ["Id", nameof(Provider), nameof(WorkspaceId), nameof(Key), nameof(KeyPath)];

    private readonly WorkspaceNames _workspaces = new();

    /// <summary>The provider's slug (<c>provider</c>); slugs that the module does not know are sent too.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = IdSet, HelpMessage = "A provider's slug, such as openai.")]
    [Parameter(Position = 0, ParameterSetName = InputObjectSet)]
    [Parameter(Position = 0, ParameterSetName = RowSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [NullableTextTransformation]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string? Provider { get; set; } = Unset.Text;

    /// <summary>The workspace of the key (<c>workspace_id</c>), by id, slug or name. Default: the workspace of the connection, else the account's default workspace.</summary>
    [Parameter(ParameterSetName = IdSet)]
    [Parameter(ParameterSetName = RowSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [NullableTextTransformation]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    public string? WorkspaceId { get; set; } = Unset.Text;

    /// <summary>The workspaces to create the key in: what Get-ByokWorkspace returns.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = InputObjectSet, HelpMessage = "A workspace: what Get-ByokWorkspace returns.")]
    [WorkspaceTransformation(RefusesKeys = true)]
    public ByokWorkspace? InputObject { get; set; }

    private protected override string Activity => "Creating keys";

    private protected override void Begin()
    {
        base.Begin();
        RefuseBlank(row: null);
        if (!HasOneKey && ParameterSetName == IdSet && !MyInvocation.ExpectingInput)
        {
            Key = PromptForKey();
        }
    }

    private protected override void Process()
    {
        IDisposable? owned = null;
        try
        {
            if (InputObject == WorkspaceTransformationAttribute.Key)
            {
                throw ErrorRecords.BadInput("A key cannot be piped to New-ByokKey, because a key object does not contain its raw key.", "Pipe rows with a column Key or KeyPath, or change the key with Set-ByokKey.");
            }

            var parameters = new CellReader("-");
            RowReader? row = Row is null ? null : new RowReader(Row, RecordNumber, Columns);
            RefuseBlank(row);
            string provider = parameters.ReadPlain(nameof(Provider), Provider) ?? row?.ReadText(nameof(Provider))
                ?? throw (row?.Missing(nameof(Provider)) ?? parameters.Missing(nameof(Provider)));
            string? workspace = InputObject?.Id ?? parameters.ReadPlain(nameof(WorkspaceId), WorkspaceId) ?? row?.ReadText(nameof(WorkspaceId)) ?? ActiveConnection.WorkspaceId;
            ByokKeySettings settings = ReadSettings(row);
            SecureString key = ReadKey(row, provider, out owned) ?? throw (row?.Missing(nameof(Key)) ?? parameters.Missing(nameof(Key)));
            IDisposable? passedOn = owned;
            owned = null;
            Start(new CreateByokKeyRequest { Provider = provider, Key = key, Settings = settings }, workspace, passedOn);
        }
        catch (ByokApiException error) when (!error.EndsTheCommand)
        {
            Records.Fail(error, Row is null ? null : FormattableString.Invariant($"Row {RecordNumber}"));
        }
        finally
        {
            owned?.Dispose();
        }
    }

    /// <summary>A blank cell of a row is ignored; a blank parameter is not.</summary>
    private void RefuseBlank(RowReader? row)
    {
        foreach ((string name, string? value) in new[] { (nameof(Provider), Provider), (nameof(WorkspaceId), WorkspaceId) })
        {
            if (row?.Has(name) != true)
            {
                new CellReader("-").RefuseBlank(name, value);
            }
        }
    }

    /// <summary>Prompts for the raw key with masked input, as the engine does for a mandatory parameter.</summary>
    private SecureString PromptForKey()
    {
        try
        {
            Host.UI.Write("Key: ");
            return Host.UI.ReadLineAsSecureString();
        }
        catch (Exception noConsole) when (noConsole is PSInvalidOperationException or System.Management.Automation.Host.HostException or NotImplementedException)
        {
            throw ErrorRecords.BadInput("A raw key is required.", "Give -Key or -KeyPath.");
        }
    }

    private void Start(CreateByokKeyRequest request, string? workspace, IDisposable? owned)
    {
        ByokConnection connection = ActiveConnection;
        string name = request.Settings.TryGet(KeyFields.Name, out string? given) && given is not null ? given : "(no name)";
        string description = $"{ShownText.MarkInvisible(name)} ({ShownText.MakeVisible(request.Provider)})";
        string place = workspace is null ? "the default workspace" : $"workspace {ShownText.MakeVisible(InputObject?.Name ?? workspace)}";
        string settings = string.Join(", ", request.Settings.Where(static setting => setting.Key != KeyFields.Name).Select(static setting => $"{setting.Key.Name} {KeyDifference.Show(setting.Value)}"));
        string action = $"Create key {description} in {place}{(settings.Length == 0 ? string.Empty : $": {settings}")}";
        if (!ShouldProcess($"{action}.", $"{action}?", "Confirm"))
        {
            owned?.Dispose();
            return;
        }

        Records.Add(
            async (output, stop) =>
            {
                string? id = await _workspaces.ResolveAsync(connection, workspace, output, stop).ConfigureAwait(false);
                CreateByokKeyRequest complete = id is null ? request : request with { WorkspaceId = id };
                await output.WriteAsync(await ByokClients.For(connection).CreateKeyAsync(complete, output, output, stop).ConfigureAwait(false)).ConfigureAwait(false);
            },
            description,
            owned: owned);
    }
}
