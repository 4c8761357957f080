using System.Management.Automation;
using System.Security;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Completion;
using OpenRouter.Byok.Async;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Changes provider keys; with a new raw key it rotates them in place.</summary>
[Cmdlet(VerbsCommon.Set, "ByokKey", DefaultParameterSetName = IdSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(ByokKey))]
public sealed class SetByokKeyCommand : ByokCmdlet
{
    private const string IdSet = "Id";
    private const string InputSet = "InputObject";

    /// <summary>The columns that a row may have.</summary>
    private static readonly string[] Columns =
    [
        nameof(Id), "Provider", "WorkspaceId", nameof(Name), nameof(Key), nameof(KeyPath), nameof(Disabled), nameof(IsFallback), nameof(IsRequired),
        nameof(IsByokOnly), nameof(DeclaredZdr), nameof(AllowedModels), nameof(AllowedApiKeyHashes), nameof(AllowedUserIds),
    ];

    /// <summary>Ids of the keys to change (<c>id</c>).</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = IdSet)]
    [ArgumentCompleter(typeof(CredentialIdCompleter))]
    public string[]? Id { get; set; }

    /// <summary>A key or an id, of which nothing but the id is taken; or a row, whose columns are parameters.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = InputSet)]
    public PSObject? InputObject { get; set; }

    /// <summary>The new raw key (<c>key</c>): rotates the credential in place. A PSCredential stands for its password.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SecretTransformation]
    public SecureString? Key { get; set; }

    /// <summary>A file that holds the new raw key, such as a service account's JSON.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? KeyPath { get; set; }

    /// <summary>The name (<c>name</c>), at most 255 characters; <c>$null</c> clears it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [NullableTextTransformation]
    public string? Name { get; set; }

    /// <summary>Takes the key out of use (<c>disabled</c>); <c>-Disabled:$false</c> takes it into use again.</summary>
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

    /// <summary>Declares whether the provider retains no data (<c>declared_zdr</c>); <c>$null</c> clears the declaration.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [FlagTextTransformation]
    public bool? DeclaredZdr { get; set { field = value; KeepText(nameof(DeclaredZdr)); } }

    /// <summary>The models that may use the key (<c>allowed_models</c>), as a list or as <c>a;b</c>; <c>$null</c> lifts the restriction.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowListTransformation]
    [ArgumentCompleter(typeof(AllowedModelsCompleter))]
    public string[]? AllowedModels { get; set; }

    /// <summary>The hashes of the API keys that may use the key (<c>allowed_api_key_hashes</c>); <c>$null</c> lifts the restriction.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowListTransformation]
    public string[]? AllowedApiKeyHashes { get; set; }

    /// <summary>The users that may use the key (<c>allowed_user_ids</c>); <c>$null</c> lifts the restriction.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowListTransformation]
    public string[]? AllowedUserIds { get; set; }

    /// <summary>How many changes may be under way at once.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = CommandRun.DefaultThrottleLimit;

    /// <summary>Gives the changed keys to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>The connection to use instead of the session's: what Connect-Byok gives with -PassThru.</summary>
    [Parameter]
    [ValidateNotNull]
    public ByokConnection? Connection { get; set; }

    internal override string Activity => "Changing credentials";

    /// <summary>What is wrong on the command line is wrong for every record, so it is said once.</summary>
    internal override void Begin(CommandRun run) => KeyChange.Read(run, run.Pipeline.Parameters.Typed).Dispose();

    internal override void Record(CommandRun run)
    {
        ByokConnection connection = ConnectionOf(run);
        foreach (CredentialTarget target in CredentialTarget.Of(run))
        {
            try
            {
                new KeyInput(run).CheckColumns(Columns);
                KeyChange.Read(run, run.Pipeline.Parameters).Start(run, connection, target);
            }
            catch (ByokApiException error) when (!error.EndsTheCommand)
            {
                run.Fail(CmdletError.From(error, target.Id));
            }
        }
    }
}
