using System.Management.Automation;
using OpenRouter.Byok.Completion;
using OpenRouter.Byok.Async;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Lists the provider keys of an account, or gets some by their ids.</summary>
[Cmdlet(VerbsCommon.Get, "ByokKey", DefaultParameterSetName = ListSet, SupportsPaging = true)]
[OutputType(typeof(ByokKey))]
public sealed class GetByokKeyCommand : ByokCmdlet
{
    private const string ListSet = "List";
    private const string IdSet = "Id";
    private const string InputSet = "InputObject";

    private readonly HashSet<string> _given = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _workspaces = [];

    /// <summary>Names to keep, with wildcards (<c>name</c>). A key without a name matches <c>''</c> and <c>*</c>.</summary>
    [Parameter(Position = 0, ParameterSetName = ListSet)]
    [Parameter(ParameterSetName = InputSet)]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(CredentialNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Providers to list, by slug (<c>provider</c>); all where it is left out.</summary>
    [Parameter(ParameterSetName = ListSet)]
    [Parameter(ParameterSetName = InputSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string[]? Provider { get; set; }

    /// <summary>Workspaces to list (<c>workspace_id</c>); the connection's, or the account's default one, where it is left out.</summary>
    [Parameter(ParameterSetName = ListSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    public string[]? WorkspaceId { get; set; }

    /// <summary>Ids of the keys to get (<c>id</c>).</summary>
    [Parameter(Mandatory = true, ParameterSetName = IdSet)]
    [ArgumentCompleter(typeof(CredentialIdCompleter))]
    public string[]? Id { get; set; }

    /// <summary>An id, a key or a row with an id: that key. A workspace: its keys.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = InputSet)]
    public PSObject? InputObject { get; set; }

    /// <summary>How many requests by id may be under way at once.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = CommandRun.DefaultThrottleLimit;

    /// <summary>The connection to use instead of the session's: what Connect-Byok gives with -PassThru.</summary>
    [Parameter]
    [ValidateNotNull]
    public ByokConnection? Connection { get; set; }

    internal override string Activity => "Getting credentials";

    internal override void Record(CommandRun run)
    {
        ByokConnection connection = ConnectionOf(run);
        BoundParameters bound = run.Pipeline.Parameters;
        string? workspace = bound.Input switch
        {
            { Kind: PipedKind.Workspace } given => given.Id,
            { Id: null } row => row.Text(nameof(WorkspaceId)),
            _ => null,
        };
        if (workspace is not null && IsPaged(bound))
        {
            // A part of everything, not a part of each.
            _workspaces.Add(workspace);
        }
        else if (workspace is not null)
        {
            List(run, connection, [workspace]);
        }
        else if (bound.Input is not null || bound.TryGet(nameof(Id), out _))
        {
            foreach (CredentialTarget target in CredentialTarget.Of(run))
            {
                CheckIsWhole(bound);
                Get(run, connection, target.Id);
            }
        }
        else
        {
            IReadOnlyList<string?> workspaces = bound.Texts(nameof(WorkspaceId));
            List(run, connection, workspaces.Count > 0 ? workspaces : [connection.WorkspaceId]);
        }
    }

    internal override void End(CommandRun run)
    {
        if (_workspaces.Count > 0)
        {
            List(run, ConnectionOf(run), _workspaces);
        }
    }

    private static bool IsPaged(BoundParameters bound) =>
        bound.TryGet("First", out _) || bound.TryGet("Skip", out _) || bound.TryGet("IncludeTotalCount", out _);

    /// <summary>A part of what is given by its id would be another part than was meant, so nobody gets one.</summary>
    private static void CheckIsWhole(BoundParameters bound)
    {
        if (IsPaged(bound) || bound.TryGet(nameof(Name), out _) || bound.TryGet(nameof(Provider), out _))
        {
            throw new ByokApiException(
                ByokErrorKind.BadRequest,
                "-First, -Skip, -IncludeTotalCount, -Name and -Provider are for listings; keys that are given by their ids come out all. Choose among them with Where-Object and Select-Object.");
        }
    }

    private static void Get(CommandRun run, ByokConnection connection, string id) => run.Start(
        async (output, stop) => await output.WriteAsync(
            await ByokClients.For(connection).GetKeyAsync(id, output, stop).ConfigureAwait(false)).ConfigureAwait(false),
        id);

    private void List(CommandRun run, ByokConnection connection, IReadOnlyList<string?> workspaces)
    {
        BoundParameters bound = run.Pipeline.Parameters;
        WildcardPattern[]? names = bound.TryGet(nameof(Name), out object? patterns) && patterns is string[] texts
            ? Array.ConvertAll(texts, static text => WildcardPattern.Get(text, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant))
            : null;
        IReadOnlyList<string?> providers = bound.Texts(nameof(Provider));
        providers = providers.Count > 0 ? providers : [null];

        bool isOneOfSeveral = bound.Input is not null;
        var listing = new KeyListing(
            workspaces.SelectMany(workspace => providers, (workspace, provider) => new ListByokKeysRequest { WorkspaceId = workspace, Provider = provider }).ToArray(),
            names is null ? null : key => Array.Exists(names, name => name.IsMatch(key.Name ?? string.Empty)),
            Skip: bound.Number("Skip", 0),
            First: bound.Number("First", ulong.MaxValue),
            IncludeTotalCount: bound.IsOn("IncludeTotalCount"),

            // A global key is in the list of every workspace and comes out once.
            IsNew: isOneOfSeveral ? key => _given.Add(key.Id) : null,
            View: isOneOfSeveral || workspaces.Count > 1 ? "Workspace" : null);
        run.ExpectTotal();
        run.Start((output, stop) => listing.RunAsync(connection, output, stop), target: isOneOfSeveral ? ResourceId.Show(workspaces[0]) : null);
    }
}
