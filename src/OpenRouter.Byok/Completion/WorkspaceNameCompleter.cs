using System.Collections;
using System.Management.Automation;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the names of the account's workspaces.</summary>
public sealed class WorkspaceNameCompleter : Completer
{
    private protected override IEnumerable<(string Value, string ToolTip)> Values(IDictionary boundParameters) =>
        AccountCache.Workspaces(boundParameters)
            .Where(static workspace => !string.IsNullOrEmpty(workspace.Name))
            .Select(static workspace => (WildcardPattern.Escape(workspace.Name), $"{workspace.Id} {workspace.Description}".Trim()));
}
