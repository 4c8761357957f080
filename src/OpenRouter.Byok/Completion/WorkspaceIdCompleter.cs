using System.Collections;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the ids of the account's workspaces.</summary>
public sealed class WorkspaceIdCompleter : Completer
{
    private protected override IEnumerable<(string Value, string ToolTip)> Values(IDictionary boundParameters) =>
        AccountCache.Workspaces(boundParameters)
            .Select(static workspace => (workspace.Id, $"{workspace.Name} {workspace.Description}".Trim()));
}
