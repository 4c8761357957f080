using System.Collections.Concurrent;
using System.Management.Automation;
using OpenRouter.Byok.Async;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Completion;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Lists the provider keys of an account, or returns keys by id.</summary>
[Cmdlet(VerbsCommon.Get, "ByokKey", DefaultParameterSetName = ListSet, SupportsPaging = true)]
[OutputType(typeof(ByokKey))]
public sealed class GetByokKeyCommand : ThrottledCmdlet
{
    private const string ListSet = "List";
    private const string WorkspaceSet = "Workspace";
    private const string IdSet = "Id";
    private const string InputObjectSet = "InputObject";

    private readonly WorkspaceNames _workspaceNames = new();
    private readonly HashSet<string> _returned = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _workspaces = [];
    private readonly ConcurrentDictionary<string, string> _titles = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names to look for, with wildcards (<c>name</c>). A literal name that no key has is an error. A key without a name matches <c>''</c> and <c>*</c>.</summary>
    [Parameter(Position = 0, ParameterSetName = ListSet)]
    [Parameter(Position = 0, ParameterSetName = WorkspaceSet)]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(KeyNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The providers to list, by slug, with wildcards (<c>provider</c>); all by default.</summary>
    [Parameter(ParameterSetName = ListSet)]
    [Parameter(ParameterSetName = WorkspaceSet)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string[]? Provider { get; set; }

    /// <summary>The workspaces to list (<c>workspace_id</c>), by id, slug or name. Default: the workspace of the connection, else the account's default workspace.</summary>
    [Parameter(ParameterSetName = ListSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    public string[]? WorkspaceId { get; set; }

    /// <summary>A workspace whose keys to list: what Get-ByokWorkspace returns.</summary>
    [Parameter(Mandatory = true, ParameterSetName = WorkspaceSet, ValueFromPipeline = true, HelpMessage = "A workspace: what Get-ByokWorkspace returns.")]
    [WorkspaceTransformation]
    public ByokWorkspace? Workspace { get; set; }

    /// <summary>The states to list; all by default.</summary>
    [Parameter(ParameterSetName = ListSet)]
    [Parameter(ParameterSetName = WorkspaceSet)]
    [ValidateSet("enabled", "disabled", "fallback", "required", "byok-only")]
    public string[]? State { get; set; }

    /// <summary>The ids of the keys to get (<c>id</c>).</summary>
    [Parameter(Mandatory = true, ParameterSetName = IdSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The id of a key.")]
    [AllowEmptyString]
    [IdTransformation]
    [ArgumentCompleter(typeof(KeyIdCompleter))]
    public string[] Id { get; set; } = [];

    /// <summary>Keys to get again, as they are now.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InputObjectSet, ValueFromPipeline = true, HelpMessage = "A key: what Get-ByokKey returns.")]
    [KeyTransformation]
    public ByokKey[] InputObject { get; set; } = [];

    /// <summary>The connection to use, by default that of the session; several can be piped, to list several accounts.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [ConnectionTransformation]
    public override ByokConnection? Connection { get; set; }

    private protected override string Activity => "Getting keys";

    private bool IsPaged => PagingParameters.IncludeTotalCount || PagingParameters.Skip > 0 || PagingParameters.First < ulong.MaxValue;

    private protected override void Process()
    {
        switch (ParameterSetName)
        {
            case InputObjectSet:
                Get(InputObject.Select(static key => new KeyTarget(key.Id, key)));
                break;
            case IdSet:
                Get(KeyTarget.Of(Id, RecordNumber, Records.Fail));
                break;
            case WorkspaceSet:
                _titles[Workspace!.Id] = Workspace.Name ?? Workspace.Id;
                if (IsPaged)
                {
                    // A part of all keys, not a part of each workspace.
                    _workspaces.Add(Workspace.Id);
                    break;
                }

                List([Workspace.Id], isOneOfSeveral: true);
                break;
            case ListSet when WorkspaceId is null && Name is { Length: > 0 } && Array.TrueForAll(Name, ResourceId.IsId):
                // An id at the first position means that key.
                Get(KeyTarget.Of(Name, RecordNumber, Records.Fail));
                break;
            default:
                List(WorkspaceId ?? new string?[] { ActiveConnection.WorkspaceId }, isOneOfSeveral: false);
                break;
        }
    }

    private protected override void End()
    {
        if (_workspaces.Count > 0)
        {
            List(_workspaces, isOneOfSeveral: false);
        }
    }

    private void Get(IEnumerable<KeyTarget> targets)
    {
        if (IsPaged)
        {
            throw ErrorRecords.BadInput("-First, -Skip and -IncludeTotalCount apply to listings, not to keys by id.", "Use Select-Object to select some of the keys.");
        }

        ByokConnection connection = ActiveConnection;
        foreach (KeyTarget target in targets)
        {
            Records.Add(
                async (output, stop) => await output.WriteAsync(
                    await ByokClients.For(connection).GetKeyAsync(target.Id, output, stop).ConfigureAwait(false)).ConfigureAwait(false),
                target.Id);
        }
    }

    private void List(IReadOnlyList<string?> workspaces, bool isOneOfSeveral)
    {
        ByokConnection connection = ActiveConnection;
        var listing = new KeyListing(connection, _workspaceNames, workspaces)
        {
            Names = Name is null ? null : new NameFilter(nameof(Name), Name),
            Providers = Provider is null ? null : new NameFilter(nameof(Provider), Provider),
            ProviderTexts = Provider ?? [],
            States = State,
            Skip = PagingParameters.Skip,
            First = PagingParameters.First,
            TotalCount = PagingParameters.IncludeTotalCount ? (count, accuracy) => PagingParameters.NewTotalCount(count, accuracy) : null,

            // A global key is in the list of every workspace, but is returned once.
            IsNew = isOneOfSeveral ? key => _returned.Add(key.Id) : null,
            IsGrouped = isOneOfSeveral || workspaces.Count > 1,
            Titles = _titles,
        };
        Records.Progress.AddListing();
        Records.Add(listing.RunAsync, target: null);
    }
}
