using System.Management.Automation;
using System.Security;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Completion;
using OpenRouter.Byok.Async;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Creates provider keys: exactly one for each record, also when answers get lost.</summary>
[Cmdlet(VerbsCommon.New, "ByokKey", DefaultParameterSetName = KeySet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(ByokKey))]
public sealed class NewByokKeyCommand : ByokCmdlet
{
    private const string KeySet = "Key";
    private const string KeyPathSet = "KeyPath";
    private const string InputSet = "InputObject";

    /// <summary>The columns that a row may have.</summary>
    private static readonly string[] Columns =
    [
        nameof(Provider), nameof(Key), nameof(KeyPath), nameof(Name), nameof(WorkspaceId), nameof(Disabled), nameof(IsFallback), nameof(IsRequired),
        nameof(IsByokOnly), nameof(DeclaredZdr), nameof(AllowedModels), nameof(AllowedApiKeyHashes), nameof(AllowedUserIds), "Id",
    ];

    /// <summary>The provider's slug (<c>provider</c>), for example <c>openai</c>; any slug is sent.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = KeySet)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = KeyPathSet)]
    [Parameter(Position = 0, ParameterSetName = InputSet, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string? Provider { get; set; }

    /// <summary>The raw key (<c>key</c>). A PSCredential stands for its password. Asked for, masked, where it is left out in a console.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = KeySet)]
    [Parameter(Position = 1, ParameterSetName = KeyPathSet)] // Only so that both together are refused in plain words, and not for want of an InputObject.
    [Parameter(Position = 1, ParameterSetName = InputSet, ValueFromPipelineByPropertyName = true)]
    [SecretTransformation]
    public SecureString? Key { get; set; }

    /// <summary>A file that holds the raw key, such as a service account's JSON.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KeyPathSet)]
    [Parameter(ParameterSetName = InputSet, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string? KeyPath { get; set; }

    /// <summary>The name (<c>name</c>), at most 255 characters.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [NullableTextTransformation]
    public string? Name { get; set; }

    /// <summary>The workspace of the key (<c>workspace_id</c>); the connection's, or the account's default one, where it is left out.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [NullableTextTransformation]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    public string? WorkspaceId { get; set; }

    /// <summary>Creates the key out of use (<c>disabled</c>).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [FlagTextTransformation]
    public SwitchParameter Disabled { get; set { field = value; KeepText(nameof(Disabled)); } }

    /// <summary>Tries the key only after OpenRouter's own capacity (<c>is_fallback</c>).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [FlagTextTransformation]
    public SwitchParameter IsFallback { get; set { field = value; KeepText(nameof(IsFallback)); } }

    /// <summary>Makes requests to the provider use this key (<c>is_required</c>).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [FlagTextTransformation]
    public SwitchParameter IsRequired { get; set { field = value; KeepText(nameof(IsRequired)); } }

    /// <summary>Never falls back on OpenRouter's own capacity (<c>is_byok_only</c>).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [FlagTextTransformation]
    public SwitchParameter IsByokOnly { get; set { field = value; KeepText(nameof(IsByokOnly)); } }

    /// <summary>Declares whether the provider retains no data (<c>declared_zdr</c>).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [FlagTextTransformation]
    public bool? DeclaredZdr { get; set { field = value; KeepText(nameof(DeclaredZdr)); } }

    /// <summary>The models that may use the key (<c>allowed_models</c>), as a list or as <c>a;b</c>.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowListTransformation]
    [ArgumentCompleter(typeof(AllowedModelsCompleter))]
    public string[]? AllowedModels { get; set; }

    /// <summary>The hashes of the API keys that may use the key (<c>allowed_api_key_hashes</c>).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowListTransformation]
    public string[]? AllowedApiKeyHashes { get; set; }

    /// <summary>The users that may use the key (<c>allowed_user_ids</c>).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowListTransformation]
    public string[]? AllowedUserIds { get; set; }

    /// <summary>A row, whose columns are parameters.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = InputSet)]
    public PSObject? InputObject { get; set; }

    /// <summary>How many creations may be under way at once.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = CommandRun.DefaultThrottleLimit;

    /// <summary>The connection to use instead of the session's: what Connect-Byok gives with -PassThru.</summary>
    [Parameter]
    [ValidateNotNull]
    public ByokConnection? Connection { get; set; }

    internal override string Activity => "Creating credentials";

    /// <summary>What is wrong on the command line is wrong for every record, so it is said once.</summary>
    internal override void Begin(CommandRun run)
    {
        BoundParameters typed = run.Pipeline.Parameters.Typed;
        var fields = new KeyInput(run, typed);
        _ = fields.Settings();
        _ = fields.Plain(nameof(WorkspaceId));
        _ = fields.KeyOrFile(run.Pipeline.ResolvePath, fields.Plain(nameof(Provider)), out _);
    }

    internal override void Record(CommandRun run)
    {
        ByokConnection connection = ConnectionOf(run);
        var fields = new KeyInput(run);
        SecureString? owned = null;
        try
        {
            fields.CheckColumns(Columns);
            string? provider = fields.Plain(nameof(Provider));
            ByokKeySettings settings = fields.Settings();
            SecureString? key = fields.KeyOrFile(run.Pipeline.ResolvePath, provider, out bool isOwned);
            owned = isOwned ? key : null;
            string? workspace = fields.Plain(nameof(WorkspaceId))
                ?? (run.Pipeline.Parameters.Input is { Kind: PipedKind.Workspace } piped ? piped.Id : connection.WorkspaceId);
            var request = new CreateByokKeyRequest
            {
                Provider = provider ?? throw fields.Missing(nameof(Provider)),
                Key = key ?? throw fields.Missing(nameof(Key)),
                WorkspaceId = workspace is null ? default : new Optional<string>(workspace),
                Settings = settings,
            };
            string description = settings.TryGet(KeyFields.Name, out string? name) && name is not null ? $"{name} ({provider})" : provider;
            if (run.Pipeline.ShouldProcess(description, "Create credential"))
            {
                SecureString? passedOn = owned;
                owned = null;
                run.Start(
                    async (output, stop) => await output.WriteAsync(
                        await ByokClients.For(connection).CreateKeyAsync(request, output, stop).ConfigureAwait(false)).ConfigureAwait(false),
                    description,
                    passedOn);
            }
        }
        catch (ByokApiException error)
        {
            run.Fail(CmdletError.From(error, target: null));
        }
        finally
        {
            owned?.Dispose();
        }
    }
}
