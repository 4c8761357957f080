using System.Collections;
using System.Runtime.CompilerServices;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Completion;

/// <summary>
/// Completion results from an account: requested at most once in a few seconds, with a time limit, and without
/// errors if the account cannot be reached, because a key press must not show an error.
/// </summary>
internal sealed class AccountCache
{
    /// <summary>The longest wait for the account.</summary>
    internal static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>How long a result, or an empty result, is used.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private static readonly ConditionalWeakTable<ByokConnection, AccountCache> Caches = new();

    private readonly object _lock = new();
    private readonly Dictionary<string, (DateTime Until, Found<ByokKey> Found)> _keys = new(StringComparer.OrdinalIgnoreCase);
    private (DateTime Until, Found<ByokWorkspace> Found) _workspaces = (DateTime.MinValue, Found<ByokWorkspace>.None);

    /// <summary>The keys that the completed command line would use; none if they cannot be read.</summary>
    internal static Found<ByokKey> Keys(IDictionary boundParameters) =>
        For(boundParameters) is ({ } connection, { } cache)
            ? cache.GetKeys(connection, Texts(boundParameters["WorkspaceId"]) is { Length: > 0 } workspaces ? workspaces : new string?[] { connection.WorkspaceId })
            : Found<ByokKey>.None;

    /// <summary>The workspaces of the account; none if they cannot be read.</summary>
    internal static Found<ByokWorkspace> Workspaces(IDictionary boundParameters) =>
        For(boundParameters) is ({ } connection, { } cache) ? cache.GetWorkspaces(connection) : Found<ByokWorkspace>.None;

    /// <summary>The values of a parameter with several texts on the command line, as far as they are known before it runs.</summary>
    internal static string[] Texts(object? value) => (value is string or not IEnumerable ? [value] : ((IEnumerable)value).Cast<object?>())
        .Select(static text => text?.ToString() ?? string.Empty)
        .Where(static text => text.Length > 0)
        .ToArray();

    /// <summary>Removes the cached data of an account, because a command changed the account.</summary>
    internal static void Forget(ByokConnection connection) => Caches.Remove(connection);

    private static (ByokConnection? Connection, AccountCache? Cache) For(IDictionary boundParameters)
    {
        try
        {
            ByokConnection? connection = boundParameters["Connection"] as ByokConnection ?? SessionConnection.Read().Find();
            return connection is null ? default : (connection, Caches.GetValue(connection, static _ => new AccountCache()));
        }
        catch (ByokApiException)
        {
            // An invalid URL in the environment: the command itself will report it.
            return default;
        }
    }

    private static Found<T> Collect<T>(Func<CancellationToken, IAsyncEnumerable<T>> list)
    {
        var found = new List<T>();
        using var limit = new CancellationTokenSource();
        CancellationToken stop = limit.Token;
        Task reading = Task.Run(async () =>
        {
            await foreach (T item in list(stop).ConfigureAwait(false))
            {
                lock (found)
                {
                    found.Add(item);
                }
            }
        });
        bool isComplete = false;
        try
        {
            isComplete = reading.Wait(LongestWait);
        }
        catch (AggregateException)
        {
            // Unreachable or refused: there are no results, or no further ones.
        }

        // Without the cancellation, abandoned requests would continue with all their retries.
        limit.Cancel();

        lock (found)
        {
            return new Found<T>(found.ToArray(), isComplete);
        }
    }

    // The next key press requests again what could not be read.
    private static DateTime Until<T>(Found<T> found) => found.IsComplete ? DateTime.UtcNow + Lifetime : DateTime.MinValue;

    private static async IAsyncEnumerable<ByokKey> ListAsync(
        ByokConnection connection, string?[] workspaces, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (string? workspace in workspaces)
        {
            var request = new ListByokKeysRequest { WorkspaceId = workspace };
            await foreach (ByokKey key in ByokClients.For(connection).ListKeysAsync(request, trace: null, stop).ConfigureAwait(false))
            {
                yield return key;
            }
        }
    }

    private Found<ByokKey> GetKeys(ByokConnection connection, string?[] workspaces)
    {
        string where = string.Join(" ", workspaces);
        lock (_lock)
        {
            if (!_keys.TryGetValue(where, out (DateTime Until, Found<ByokKey> Found) keys) || keys.Until < DateTime.UtcNow)
            {
                // A global key is in the list of every workspace.
                Found<ByokKey> found = Collect(stop => ListAsync(connection, workspaces, stop));
                ByokKey[] once = found.Items.GroupBy(static key => key.Id).Select(static same => same.First()).ToArray();
                _keys[where] = keys = (Until(found), found with { Items = once });
            }

            return keys.Found;
        }
    }

    private Found<ByokWorkspace> GetWorkspaces(ByokConnection connection)
    {
        lock (_lock)
        {
            if (_workspaces.Until < DateTime.UtcNow)
            {
                Found<ByokWorkspace> found = Collect(stop => ByokClients.For(connection).ListWorkspacesAsync(trace: null, cancellationToken: stop));
                _workspaces = (Until(found), found);
            }

            return _workspaces.Found;
        }
    }
}

/// <summary>What was found in an account.</summary>
/// <param name="Items">The keys or workspaces.</param>
/// <param name="IsComplete">Whether all were read, and not only those within the time limit of a key press.</param>
internal sealed record Found<T>(IReadOnlyList<T> Items, bool IsComplete)
{
    internal static Found<T> None { get; } = new([], IsComplete: true);

    /// <summary>Whether the completion list must show that it is incomplete.</summary>
    internal bool IsCut => !IsComplete && Items.Count > 0;
}
