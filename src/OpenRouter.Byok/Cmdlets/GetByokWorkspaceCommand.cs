using System.Management.Automation;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Completion;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Lists the workspaces of an account; pipe them to Get-ByokKey to list the keys of all of them.</summary>
[Cmdlet(VerbsCommon.Get, "ByokWorkspace")]
[OutputType(typeof(ByokWorkspace))]
public sealed class GetByokWorkspaceCommand : ByokCmdlet
{
    /// <summary>The names to look for, with wildcards (<c>name</c>). A literal name that no workspace has is an error.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(WorkspaceNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The connection to use, by default that of the session; several can be piped, to list several accounts.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [ConnectionTransformation]
    public override ByokConnection? Connection { get; set; }

    private protected override string Activity => "Getting workspaces";

    private protected override void Process()
    {
        ByokConnection connection = ActiveConnection;
        NameFilter? names = Name is null ? null : new NameFilter(nameof(Name), Name);
        Records.Progress.AddListing();
        Records.Add(
            async (output, stop) =>
            {
                await foreach (ByokWorkspace workspace in ByokClients.For(connection).ListWorkspacesAsync(trace: output, cancellationToken: stop).ConfigureAwait(false))
                {
                    if (names?.IsMatch(workspace.Name) != false)
                    {
                        await output.WriteAsync(workspace).ConfigureAwait(false);
                    }
                }

                foreach (string name in names?.Unmatched ?? [])
                {
                    output.Error(
                        new ByokApiException(ByokErrorKind.NotFound, $"No workspace has the name '{ShownText.Quote(name)}'.") { RecommendedAction = "List the workspaces with Get-ByokWorkspace, or use wildcards." },
                        ShownText.Quote(name));
                }
            },
            target: null);
    }
}
