using System.Collections;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the ids of the account's workspaces, found by id or by name.</summary>
public sealed class WorkspaceIdCompleter : Completer
{
    private protected override IEnumerable<Candidate> Candidates(IDictionary boundParameters)
    {
        Found<ByokWorkspace> found = AccountCache.Workspaces(boundParameters);
        return found.Items
            .Select(static workspace => new Candidate(workspace.Id, $"{workspace.Name} {workspace.Description}".Trim(), workspace.Name))
            .Concat(More(found.IsCut));
    }
}
