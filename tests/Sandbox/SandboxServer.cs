using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace OpenRouter.Byok.Sandbox;

/// <summary>A stand-in for the API on loopback: a real HTTP server with its own store, latency and fault plan.</summary>
public sealed class SandboxServer : IAsyncDisposable
{
    private static readonly TimeSpan _patienceOnStop = TimeSpan.FromMilliseconds(100);

    private readonly SandboxOptions _options;
    private readonly CancellationTokenSource _stopping = new();
    private readonly WebApplication _application;
    private volatile ResponseShape _shape;
    private volatile TokenBucket? _bucket;
    private volatile bool _newestFirst;
    private volatile Func<ReceivedRequest, Task>? _onRequest;
    private volatile Func<ReceivedRequest, Task>? _onHandled;
    private long _latency;
    private long _jitter;
    private int _concurrent;
    private int _maxConcurrent;
    private int _activeConnections;
    private int _totalConnections;
    private int _refused;
    private int _disposed;

    private SandboxServer(SandboxOptions options)
    {
        _options = options;
        _shape = options.Shape;
        _newestFirst = options.NewestFirst;
        Latency = options.Latency;
        LatencyJitter = options.LatencyJitter;
        RateLimit = options.RateLimit;
        Requests.Enabled = options.LogRequests;
        Store = new SandboxStore(options.Time);
        Store.Seed(options.SeedCount, options.Seed);
        foreach (var specification in options.Faults)
        {
            Faults.Add(specification);
        }

        Certificate = options.Https ? LoopbackCertificate.Create() : null;
        _application = Build();
    }

    /// <summary>The address that clients are given, such as <c>http://127.0.0.1:5000/api/v1</c>.</summary>
    public Uri BaseUri { get; private set; } = new("http://127.0.0.1/");

    /// <summary>The address outside the API's path, where the control endpoint is.</summary>
    public Uri Root => new(BaseUri, "/");

    /// <summary>The key that is admitted.</summary>
    public string ManagementKey => _options.ManagementKey;

    /// <summary>The certificate that clients have to trust; null without HTTPS.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>What the account holds.</summary>
    public SandboxStore Store { get; }

    /// <summary>The received requests.</summary>
    public RequestLog Requests { get; } = new();

    /// <summary>What goes wrong.</summary>
    public FaultPlan Faults { get; } = new();

    /// <summary>How answers depart from what the API promises.</summary>
    public ResponseShape Shape
    {
        get => _shape;
        set => _shape = value;
    }

    /// <summary>Lists the newest key first instead of the oldest.</summary>
    public bool NewestFirst
    {
        get => _newestFirst;
        set => _newestFirst = value;
    }

    /// <summary>How long every request takes before it is carried out.</summary>
    public TimeSpan Latency
    {
        get => new(Volatile.Read(ref _latency));
        set => Volatile.Write(ref _latency, value.Ticks);
    }

    /// <summary>By how much the latency may be longer, at random.</summary>
    public TimeSpan LatencyJitter
    {
        get => new(Volatile.Read(ref _jitter));
        set => Volatile.Write(ref _jitter, value.Ticks);
    }

    /// <summary>How many requests are admitted per second; null means all. Setting it fills the bucket.</summary>
    public RateLimit? RateLimit
    {
        get => _bucket?.Limit;
        set => _bucket = value is null ? null : new(value, _options.Time);
    }

    /// <summary>Is awaited when a request has arrived, before it is refused, befallen by a fault or carried out.</summary>
    public Func<ReceivedRequest, Task>? OnRequest
    {
        get => _onRequest;
        set => _onRequest = value;
    }

    /// <summary>Is awaited when a request was carried out, before it is answered.</summary>
    public Func<ReceivedRequest, Task>? OnHandled
    {
        get => _onHandled;
        set => _onHandled = value;
    }

    /// <summary>How many requests are being handled.</summary>
    public int Concurrent => Volatile.Read(ref _concurrent);

    /// <summary>The most requests that were being handled at one time.</summary>
    public int MaxConcurrent => Volatile.Read(ref _maxConcurrent);

    /// <summary>How many connections are open.</summary>
    public int ActiveConnections => Volatile.Read(ref _activeConnections);

    /// <summary>How many connections were opened.</summary>
    public int TotalConnections => Volatile.Read(ref _totalConnections);

    /// <summary>How many requests the rate limit refused.</summary>
    public int Refused => Volatile.Read(ref _refused);

    internal TokenBucket? Bucket => _bucket;

    /// <summary>Starts a stand-in.</summary>
    public static async Task<SandboxServer> StartAsync(SandboxOptions? options = null)
    {
        var server = new SandboxServer(options ?? new());
        try
        {
            await server._application.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var addresses = ((IApplicationBuilder)server._application).ServerFeatures.Get<IServerAddressesFeature>()!;
        server.BaseUri = new Uri(new Uri(addresses.Addresses.First()), ApiRoute.BasePath);
        return server;
    }

    /// <summary>Starts the observed counters again.</summary>
    public void ResetCounters()
    {
        Volatile.Write(ref _maxConcurrent, Concurrent);
        Volatile.Write(ref _totalConnections, ActiveConnections);
        Volatile.Write(ref _refused, 0);
    }

    /// <summary>Back to what it was when it started: store, faults, shape, latency, limits, log and counters.</summary>
    public void Reset(int? seedCount = null, SeedOptions? seed = null)
    {
        Faults.Clear();
        foreach (var specification in _options.Faults)
        {
            Faults.Add(specification);
        }

        Shape = _options.Shape;
        NewestFirst = _options.NewestFirst;
        Latency = _options.Latency;
        LatencyJitter = _options.LatencyJitter;
        RateLimit = _options.RateLimit;
        OnRequest = null;
        OnHandled = null;
        Store.Clear();
        Store.Seed(seedCount ?? _options.SeedCount, seed ?? _options.Seed);
        Requests.Clear();
        ResetCounters();
    }

    /// <summary>Stops at once, whatever is going on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        using var patience = new CancellationTokenSource(_patienceOnStop);
        try
        {
            await _application.StopAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Connections that did not end in time were cut.
        }

        await _application.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
        Certificate?.Dispose();
    }

    internal TimeSpan NextLatency()
    {
        var latency = Volatile.Read(ref _latency);
        var jitter = Volatile.Read(ref _jitter);
        return new(jitter == 0 ? latency : latency + Random.Shared.NextInt64(jitter));
    }

    internal void Enter()
    {
        var concurrent = Interlocked.Increment(ref _concurrent);
        var most = Volatile.Read(ref _maxConcurrent);
        while (concurrent > most)
        {
            most = Interlocked.CompareExchange(ref _maxConcurrent, concurrent, most) is var seen && seen == most ? concurrent : seen;
        }
    }

    internal void Leave() => Interlocked.Decrement(ref _concurrent);

    internal void CountRefused() => Interlocked.Increment(ref _refused);

    private WebApplication Build()
    {
        // Empty: no configuration files, no logging, no routing. Nothing between the socket and the handler.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        if (Certificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxRequestLineSize = 1 << 16;
            kestrel.Limits.MaxRequestHeadersTotalSize = 1 << 18;
            kestrel.Listen(IPAddress.Loopback, _options.Port, listen =>
            {
                listen.Protocols = Certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
                listen.Use(next => async connection =>
                {
                    Interlocked.Increment(ref _activeConnections);
                    Interlocked.Increment(ref _totalConnections);
                    try
                    {
                        await next(connection).ConfigureAwait(false);
                    }
                    finally
                    {
                        Interlocked.Decrement(ref _activeConnections);
                    }
                });
                if (Certificate is not null)
                {
                    listen.UseHttps(Certificate);
                }
            });
        });
        var application = builder.Build();
        application.Run(new ApiHandler(this, _options, _stopping.Token).HandleAsync);
        return application;
    }
}
