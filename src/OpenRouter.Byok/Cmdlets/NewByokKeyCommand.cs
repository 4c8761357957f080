using System.Management.Automation;
using System.Security;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Completion;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Creates provider keys: each of them exactly once.</summary>
[Cmdlet(VerbsCommon.New, "ByokKey", DefaultParameterSetName = KeySet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(ByokKey))]
public sealed class NewByokKeyCommand : KeyFieldsCmdlet
{
    private const string KeySet = "Key";
    private const string KeyPathSet = "KeyPath";
    private static readonly string[] Columns = ["Id", nameof(Provider), nameof(WorkspaceId), nameof(Key), nameof(KeyPath)];

    private readonly WorkspaceNames _workspaces = new();

    /// <summary>The provider's slug (<c>provider</c>); slugs that the module does not know are sent too.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = KeySet, HelpMessage = "A provider's slug, such as openai.")]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = KeyPathSet, HelpMessage = "A provider's slug, such as openai.")]
    [Parameter(ParameterSetName = RowSet, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string? Provider { get; set; }

    /// <summary>The raw key (<c>key</c>). A PSCredential stands for its password. Left out in a console, it is asked for and masked.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = KeySet, HelpMessage = "The raw key of the provider.")]
    [Parameter(Position = 1, ParameterSetName = KeyPathSet)] // Only so that both together are refused in plain words.
    [Parameter(ParameterSetName = RowSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [SecretTransformation]
    public SecureString? Key { get; set; } = Unset.Secret;

    /// <summary>A file with the raw key, such as the JSON document of a service account.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KeyPathSet, ValueFromPipelineByPropertyName = true, HelpMessage = "A file with the raw key.")]
    [Parameter(ParameterSetName = RowSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [AllowEmptyString]
    public string? KeyPath { get; set; }

    /// <summary>A row from the pipeline, such as Import-Csv returns, with columns named like the parameters.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = RowSet, DontShow = true)]
    [KeyRowTransformation(IncludesKeys = true)]
    public KeyRow? Row { get; set; }

    /// <summary>The workspace of the key (<c>workspace_id</c>), by id, slug or name; the connection's, or the account's default workspace, where it is left out.</summary>
    [Parameter]
    [Parameter(ParameterSetName = KeySet, ValueFromPipeline = true)]
    [Parameter(ParameterSetName = KeyPathSet, ValueFromPipeline = true)]
    [Parameter(ParameterSetName = RowSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [WorkspaceTransformation]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    public string? WorkspaceId { get; set; }

    private protected override string Activity => "Creating keys";

    private protected override SecureString? GivenKey => Key;

    private protected override string? GivenKeyPath => KeyPath;

    private protected override void Process()
    {
        IDisposable? owned = null;
        try
        {
            if (Row is { IsKey: true })
            {
                throw ErrorRecords.BadInput("A key cannot be piped to New-ByokKey, because no key has its raw key with it.", "Pipe rows with a column Key or KeyPath, or change the key with Set-ByokKey.");
            }

            var parameters = new CellReader("-");
            RowReader? row = Row is null ? null : new RowReader(Row, RecordNumber, Columns);
            string provider = parameters.ReadPlain(nameof(Provider), Provider) ?? row?.ReadText(nameof(Provider))
                ?? throw (row?.Missing(nameof(Provider)) ?? parameters.Missing(nameof(Provider)));
            string? workspace = parameters.ReadPlain(nameof(WorkspaceId), WorkspaceId) ?? row?.ReadText(nameof(WorkspaceId)) ?? ActiveConnection.WorkspaceId;
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

    private void Start(CreateByokKeyRequest request, string? workspace, IDisposable? owned)
    {
        ByokConnection connection = ActiveConnection;
        string name = request.Settings.TryGet(KeyFields.Name, out string? given) && given is not null ? given : "(no name)";
        string description = $"{ShownText.MakeVisible(name)} ({ShownText.MakeVisible(request.Provider)})";
        string details = string.Join(
            ", ",
            new[] { workspace is null ? null : $"WorkspaceId {ShownText.MakeVisible(workspace)}" }
                .Concat(request.Settings.Where(static setting => setting.Key != KeyFields.Name).Select(static setting => $"{setting.Key.Name} {KeyDifference.Show(setting.Value)}"))
                .Where(static part => part is not null));
        if (!ShouldProcess(details.Length == 0 ? description : $"{description} with {details}", "Create key"))
        {
            owned?.Dispose();
            return;
        }

        Records.Add(
            async (output, stop) =>
            {
                string? id = await _workspaces.ResolveAsync(connection, workspace, output, stop).ConfigureAwait(false);
                CreateByokKeyRequest complete = id is null ? request : request with { WorkspaceId = id };
                await output.WriteAsync(await ByokClients.For(connection).CreateKeyAsync(complete, output, stop).ConfigureAwait(false)).ConfigureAwait(false);
            },
            description,
            owned: owned);
    }
}
