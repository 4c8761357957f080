using System.Management.Automation;
using OpenRouter.Byok.Completion;
using OpenRouter.Byok.Async;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Lists the workspaces of an account; piped to Get-ByokKey they give the keys of all of them.</summary>
[Cmdlet(VerbsCommon.Get, "ByokWorkspace")]
[OutputType(typeof(ByokWorkspace))]
public sealed class GetByokWorkspaceCommand : ByokCmdlet
{
    /// <summary>Names to keep, with wildcards (<c>name</c>).</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(WorkspaceNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The connection to use instead of the session's: what Connect-Byok gives with -PassThru.</summary>
    [Parameter]
    [ValidateNotNull]
    public ByokConnection? Connection { get; set; }

    internal override string Activity => "Getting workspaces";

    internal override void Record(CommandRun run)
    {
        ByokConnection connection = ConnectionOf(run);
        WildcardPattern[] names = run.Pipeline.Parameters.Texts(nameof(Name))
            .Select(static text => WildcardPattern.Get(text, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant))
            .ToArray();
        run.ExpectTotal();
        run.Start(
            async (output, stop) =>
            {
                await foreach (ByokWorkspace workspace in ByokClients.For(connection).ListWorkspacesAsync(trace: output, cancellationToken: stop).ConfigureAwait(false))
                {
                    if (names.Length == 0 || Array.Exists(names, name => name.IsMatch(workspace.Name ?? string.Empty)))
                    {
                        await output.WriteAsync(workspace).ConfigureAwait(false);
                    }
                }
            },
            target: null);
    }
}
