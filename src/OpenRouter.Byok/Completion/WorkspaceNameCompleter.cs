using System.Collections;
using System.Management.Automation;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the names of the account's workspaces.</summary>
public sealed class WorkspaceNameCompleter : Completer
{
    private protected override IEnumerable<Candidate> Candidates(IDictionary boundParameters)
    {
        Found<ByokWorkspace> found = AccountCache.Workspaces(boundParameters);
        return found.Items
            .Where(static workspace => !string.IsNullOrEmpty(workspace.Name))
            .Select(static workspace => new Candidate(WildcardPattern.Escape(workspace.Name), $"{workspace.Id} {workspace.Description}".Trim(), workspace.Name))
            .Concat(More(found.IsCut));
    }
}
