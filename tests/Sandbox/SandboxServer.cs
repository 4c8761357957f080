using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace OpenRouter.Byok.Sandbox;

/// <summary>A stand-in for the API on loopback: a real HTTP server with its own store, latency and fault plan.</summary>
public sealed class SandboxServer : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly SandboxOptions _options;
    private readonly CancellationTokenSource _stopping = new();
    private readonly WebApplication _application;
    private int _connections;
    private bool _disposed;

    private SandboxServer(SandboxOptions options)
    {
        _options = options;
        Store = new SandboxStore(options.Time);
        Certificate = options.Https ? CreateCertificate() : null;
        Stopping = _stopping.Token;
        Reset();
        _application = Build();
    }

    /// <summary>The address that clients are given, such as <c>http://127.0.0.1:5000/api/v1</c>.</summary>
    public Uri BaseUri { get; private set; } = new("http://127.0.0.1/");

    /// <summary>The address outside the API's path, where the control endpoint is.</summary>
    public Uri Root => new(BaseUri, "/");

    public string ManagementKey => _options.ManagementKey;

    /// <summary>The certificate that clients have to trust; null without HTTPS.</summary>
    public X509Certificate2? Certificate { get; }

    public SandboxStore Store { get; }

    public RequestLog Requests { get; } = new();

    public FaultPlan Faults { get; } = new();

    /// <summary>How responses differ from what the API promises.</summary>
    public ResponseShape Shape { get; set; } = ResponseShape.Faithful;

    /// <summary>How long every request waits before it is processed.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>The maximum random addition to the latency.</summary>
    public TimeSpan LatencyJitter { get; set; }

    /// <summary>How many requests are admitted per second; null means all.</summary>
    public RateLimit? RateLimit { get; set; }

    /// <summary>Is awaited when a request has arrived, before a limit, a fault or the operation is applied.</summary>
    public Func<ReceivedRequest, Task>? OnRequest { get; set; }

    /// <summary>Is awaited when a request was processed, before its response.</summary>
    public Func<ReceivedRequest, Task>? OnHandled { get; set; }

    /// <summary>How many requests are being handled.</summary>
    public int Concurrent { get; private set; }

    /// <summary>The most requests that were being handled at one time.</summary>
    public int MaxConcurrent { get; private set; }

    /// <summary>How many connections were opened.</summary>
    public int TotalConnections => Volatile.Read(ref _connections);

    internal TimeProvider Time => _options.Time;

    /// <summary>Is cancelled when the server stops.</summary>
    internal CancellationToken Stopping { get; }

    public static async Task<SandboxServer> StartAsync(SandboxOptions? options = null)
    {
        var server = new SandboxServer(options ?? new());
        await server._application.StartAsync();
        var addresses = ((IApplicationBuilder)server._application).ServerFeatures.Get<IServerAddressesFeature>()!;
        server.BaseUri = new Uri(new Uri(addresses.Addresses.First()), ReceivedRequest.BasePath);
        return server;
    }

    /// <summary>Resets everything to the state at the start: store, faults, shape, latency, limits and log.</summary>
    public void Reset(int? seedCount = null, SeedOptions? seed = null)
    {
        Faults.Clear();
        foreach (var rule in _options.Faults)
        {
            Faults.Add(rule);
        }

        Shape = _options.Shape;
        Latency = _options.Latency;
        LatencyJitter = TimeSpan.Zero;
        RateLimit = _options.RateLimit;
        OnRequest = null;
        OnHandled = null;
        Store.Clear();
        Store.Seed(seedCount ?? _options.SeedCount, seed);
        Requests.Clear();
    }

    /// <summary>Stops at once, even with requests in flight.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stopping.CancelAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        try
        {
            await _application.StopAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // Connections that did not end in time were cut.
        }

        await _application.DisposeAsync();
        _stopping.Dispose();
        Certificate?.Dispose();
    }

    internal void Enter()
    {
        lock (_lock)
        {
            Concurrent++;
            MaxConcurrent = Math.Max(MaxConcurrent, Concurrent);
        }
    }

    internal void Leave()
    {
        lock (_lock)
        {
            Concurrent--;
        }
    }

    /// <summary>A self-signed certificate for loopback.</summary>
    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1")], critical: false));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(7));

        // Windows serves TLS only with a key that came through a container such as PKCS#12.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private WebApplication Build()
    {
        // Empty: no configuration files, no logging, no routing; the handler receives the requests directly.
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
            kestrel.Listen(IPAddress.Loopback, port: 0, Listen);
        });
        var application = builder.Build();
        application.Run(new ApiHandler(this, _options).HandleAsync);
        return application;
    }

    private void Listen(ListenOptions listen)
    {
        listen.Protocols = Certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
        listen.Use(next => connection =>
        {
            Interlocked.Increment(ref _connections);
            return next(connection);
        });
        if (Certificate is not null)
        {
            listen.UseHttps(Certificate);
        }
    }
}
