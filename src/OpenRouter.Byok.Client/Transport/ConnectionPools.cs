using System.Collections.Concurrent;
using System.Net;

namespace OpenRouter.Byok.Client;

/// <summary>
/// The pool of HTTP connections for one route, for the life of the process, so that connections are reused from command
/// to command. A route with a password has pools of its own, which are disposed with its client.
/// </summary>
internal sealed class ConnectionPools : IDisposable
{
    private static readonly ConcurrentDictionary<Route, Lazy<ConnectionPools>> Shared = new();

    private readonly Route _route;
    private readonly NetworkCredential? _credential;
    private ConnectionPool _current;

    private ConnectionPools(Route route, NetworkCredential? credential = null)
    {
        _route = route;
        _credential = credential;
        _current = new ConnectionPool(route, credential);
    }

    internal static ConnectionPools For(ByokConnection connection)
    {
        Route route = Route.Of(connection);
        return connection.ProxyCredential is { } credential
            ? new ConnectionPools(route, credential)
            : Shared.GetOrAdd(route, static route => new(() => new ConnectionPools(route))).Value;
    }

    /// <summary>The pool to send with; the caller returns it after the response.</summary>
    internal ConnectionPool Rent()
    {
        while (true)
        {
            ConnectionPool pool = Volatile.Read(ref _current);
            if (pool.TryRent())
            {
                return pool;
            }
        }
    }

    /// <summary>
    /// Sends nothing more over the connections of a pool: a response on one of them belonged to another request. Which
    /// connection it was is unknown once the response was read, so all of them are closed.
    /// </summary>
    internal void Replace(ConnectionPool pool)
    {
        if (Volatile.Read(ref _current) == pool && Interlocked.CompareExchange(ref _current, new ConnectionPool(_route, _credential), pool) == pool)
        {
            pool.Retire();
        }
    }

    /// <summary>Closes the connections of a route that is not shared.</summary>
    public void Dispose()
    {
        if (_credential is not null)
        {
            Volatile.Read(ref _current).Retire();
        }
    }
}
