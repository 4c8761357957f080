using System.Security.Cryptography;

namespace OpenRouter.Byok.Sandbox;

/// <summary>How a sandbox starts; also the options of the program, under these names: <c>--SeedCount 3</c>.</summary>
public sealed record SandboxOptions
{
    /// <summary>The only management key that is accepted.</summary>
    public string ManagementKey { get; init; } = "sk-or-v1-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    public int SeedCount { get; init; }

    /// <summary>How long every request waits before it is processed.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>How many requests are admitted per second; null means all.</summary>
    public RateLimit? RateLimit { get; init; }

    /// <summary>HTTPS (HTTP/1.1 and HTTP/2) with a certificate made for this server.</summary>
    public bool Https { get; init; }

    /// <summary>The file to which the program writes that certificate.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>How responses differ from what the API promises.</summary>
    public ResponseShape Shape { get; init; } = ResponseShape.Faithful;

    /// <summary>Rules of the fault plan, as text.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>Keeps received requests.</summary>
    public bool LogRequests { get; init; } = true;

    /// <summary>Offers <c>/_sandbox/...</c>, so that another process can set faults and read the store.</summary>
    public bool ControlEndpoint { get; init; }

    /// <summary>The clock behind dates, latency, rate limit and late effects.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
