using System.Collections.Concurrent;

namespace OpenRouter.Byok.Session;

/// <summary>Finds the ids of workspaces by slug or name. Lists the workspaces of an account once.</summary>
internal sealed class WorkspaceNames
{
    private readonly ConcurrentDictionary<ByokConnection, Lazy<Task<IReadOnlyList<ByokWorkspace>>>> _workspaces = new();

    /// <summary>The id of a workspace.</summary>
    /// <param name="connection">The account.</param>
    /// <param name="workspace">An id, a slug or a name; <see langword="null"/>: the account's default workspace.</param>
    /// <param name="trace">Receives attempts.</param>
    /// <param name="stop">Stops the search.</param>
    /// <exception cref="ByokApiException">No workspace, or more than one, has the slug or name.</exception>
    internal async Task<string?> ResolveAsync(ByokConnection connection, string? workspace, IByokTrace trace, CancellationToken stop)
    {
        if (workspace is null || ResourceId.IsId(workspace))
        {
            return workspace;
        }

        IReadOnlyList<ByokWorkspace> all = await _workspaces.GetOrAdd(connection, key => new(() => ListAsync(key, trace, stop))).Value.ConfigureAwait(false);
        ByokWorkspace[] found = all.Where(candidate => Matches(candidate.Slug, workspace) || Matches(candidate.Name, workspace)).ToArray();
        return found.Length switch
        {
            1 => found[0].Id,
            0 => throw Problem(ByokErrorKind.NotFound, "No workspace has", "List the workspaces with Get-ByokWorkspace."),
            _ => throw Problem(ByokErrorKind.BadRequest, $"{found.Length} workspaces have", $"Give the id: {string.Join(" or ", found.Select(static candidate => candidate.Id))}."),
        };

        ByokApiException Problem(ByokErrorKind kind, string what, string action) =>
            new(kind, $"{what} the slug or name '{ShownText.Quote(workspace)}'. {action}") { RecommendedAction = action };
    }

    private static bool Matches(string? text, string workspace) => string.Equals(text, workspace, StringComparison.OrdinalIgnoreCase);

    private static async Task<IReadOnlyList<ByokWorkspace>> ListAsync(ByokConnection connection, IByokTrace trace, CancellationToken stop)
    {
        var all = new List<ByokWorkspace>();
        await foreach (ByokWorkspace workspace in ByokClients.For(connection).ListWorkspacesAsync(trace: trace, cancellationToken: stop).ConfigureAwait(false))
        {
            all.Add(workspace);
        }

        return all;
    }
}
