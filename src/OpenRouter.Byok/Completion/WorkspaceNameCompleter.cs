using System.Collections;
using System.Management.Automation;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the names of the account's workspaces.</summary>
public sealed class WorkspaceNameCompleter : Completer
{
    private protected override IEnumerable<Candidate> Candidates(IDictionary boundParameters) =>
        AccountCache.Workspaces(boundParameters)
            .Where(static workspace => !string.IsNullOrEmpty(workspace.Name))
            .Select(static workspace => new Candidate(WildcardPattern.Escape(workspace.Name), $"{workspace.Id} {workspace.Description}".Trim(), workspace.Name));

    private protected override bool IsCut(IDictionary boundParameters) => AccountCache.IsCut(boundParameters);
}
