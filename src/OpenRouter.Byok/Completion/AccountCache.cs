using System.Collections;
using System.Runtime.CompilerServices;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Completion;

/// <summary>
/// What completion offers from an account: asked for at most once in a few seconds, with a limit on the wait, and in
/// silence where the account cannot be reached. A key press is no place for an error.
/// </summary>
internal sealed class AccountCache
{
    /// <summary>The longest wait for the account.</summary>
    internal static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>How long what was found, or not found, is offered.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private static readonly ConditionalWeakTable<ByokConnection, AccountCache> Caches = new();

    private readonly object _lock = new();
    private (DateTime Until, IReadOnlyList<ByokKey> Found) _keys;
    private (DateTime Until, IReadOnlyList<ByokWorkspace> Found) _workspaces;

    /// <summary>The keys that the command line being completed would see; none where nothing can be found out.</summary>
    internal static IReadOnlyList<ByokKey> Keys(IDictionary boundParameters) =>
        For(boundParameters) is ({ } connection, { } cache) ? cache.GetKeys(connection) : [];

    /// <summary>The workspaces of the account; none where nothing can be found out.</summary>
    internal static IReadOnlyList<ByokWorkspace> Workspaces(IDictionary boundParameters) =>
        For(boundParameters) is ({ } connection, { } cache) ? cache.GetWorkspaces(connection) : [];

    private static (ByokConnection? Connection, AccountCache? Cache) For(IDictionary boundParameters)
    {
        try
        {
            ByokConnection? connection = boundParameters["Connection"] as ByokConnection ?? ByokSession.Connected ?? ByokSession.FromEnvironment();
            return connection is null ? default : (connection, Caches.GetValue(connection, static _ => new AccountCache()));
        }
        catch (ByokApiException)
        {
            // A malformed address in the environment: the command itself will say so.
            return default;
        }
    }

    private static T[] Collect<T>(Func<CancellationToken, IAsyncEnumerable<T>> list)
    {
        var found = new List<T>();
        using var limit = new CancellationTokenSource(LongestWait);
        Task reading = Task.Run(async () =>
        {
            await foreach (T item in list(limit.Token).ConfigureAwait(false))
            {
                lock (found)
                {
                    found.Add(item);
                }
            }
        });
        try
        {
            reading.Wait(LongestWait);
        }
        catch (AggregateException)
        {
            // Unreachable, refused, too slow: then there is nothing, or no more, to offer.
        }

        lock (found)
        {
            return found.ToArray();
        }
    }

    private IReadOnlyList<ByokKey> GetKeys(ByokConnection connection)
    {
        lock (_lock)
        {
            if (_keys.Until < DateTime.UtcNow)
            {
                ByokKey[] found = Collect(stop => ByokClients.For(connection).ListKeysAsync(
                    new ListByokKeysRequest { WorkspaceId = connection.WorkspaceId }, trace: null, stop));
                _keys = (DateTime.UtcNow + Lifetime, found);
            }

            return _keys.Found;
        }
    }

    private IReadOnlyList<ByokWorkspace> GetWorkspaces(ByokConnection connection)
    {
        lock (_lock)
        {
            if (_workspaces.Until < DateTime.UtcNow)
            {
                _workspaces = (DateTime.UtcNow + Lifetime, Collect(stop => ByokClients.For(connection).ListWorkspacesAsync(trace: null, cancellationToken: stop)));
            }

            return _workspaces.Found;
        }
    }
}
