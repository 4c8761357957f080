using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;

namespace OpenRouter.Byok.Client;

/// <summary>HTTP connections that are closed together, after the last request on them, when the pool is retired.</summary>
internal sealed class ConnectionPool
{
    private const string ClientName = nameof(OpenRouter);

    private readonly object _lock = new();
    private readonly ServiceProvider _services;
    private readonly IHttpClientFactory _factory;
    private HttpMessageHandler? _handler;
    private int _rented;
    private bool _isRetired;

    internal ConnectionPool(Route route, NetworkCredential? credential)
    {
        var services = new ServiceCollection();
        services.AddHttpClient(ClientName, static client => client.Timeout = Timeout.InfiniteTimeSpan) // Each attempt has a time limit that covers the reading of the response.
            .ConfigurePrimaryHttpMessageHandler(() => _handler = PrimaryHandler.Create(route, credential))
            .SetHandlerLifetime(PrimaryHandler.Lifetime);

        // The factory's own handlers log every header and measure every request; they take time to load and are not used.
        services.RemoveAll<IHttpMessageHandlerBuilderFilter>();
        _services = services.BuildServiceProvider();
        _factory = _services.GetRequiredService<IHttpClientFactory>();
    }

    /// <summary>A client for one attempt.</summary>
    internal HttpClient CreateClient() => _factory.CreateClient(ClientName);

    /// <summary>Keeps the connections open until <see cref="Return"/>.</summary>
    /// <returns><see langword="false"/> if the pool is retired.</returns>
    internal bool TryRent()
    {
        lock (_lock)
        {
            _rented += _isRetired ? 0 : 1;
            return !_isRetired;
        }
    }

    internal void Return()
    {
        bool isLast;
        lock (_lock)
        {
            isLast = --_rented == 0 && _isRetired;
        }

        if (isLast)
        {
            Close();
        }
    }

    internal void Retire()
    {
        bool isUnused;
        lock (_lock)
        {
            isUnused = _rented == 0 && !_isRetired;
            _isRetired = true;
        }

        if (isUnused)
        {
            Close();
        }
    }

    // The factory closes a handler that it replaced before.
    private void Close()
    {
        _handler?.Dispose();
        _services.Dispose();
    }
}
