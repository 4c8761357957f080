using System.Security.Cryptography;

namespace OpenRouter.Byok.Sandbox;

/// <summary>How a stand-in starts.</summary>
public sealed record SandboxOptions
{
    /// <summary>The port on loopback; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>The only key that is admitted.</summary>
    public string ManagementKey { get; init; } = "sk-or-v1-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>How many keys to seed.</summary>
    public int SeedCount { get; init; }

    /// <summary>How to seed them.</summary>
    public SeedOptions? Seed { get; init; }

    /// <summary>How long every request takes before it is carried out.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>By how much the latency may be longer, at random.</summary>
    public TimeSpan LatencyJitter { get; init; }

    /// <summary>How many requests are admitted per second; null means all.</summary>
    public RateLimit? RateLimit { get; init; }

    /// <summary>Lists the newest key first instead of the oldest.</summary>
    public bool NewestFirst { get; init; }

    /// <summary>HTTPS (HTTP/1.1 and HTTP/2) with a certificate made for this server.</summary>
    public bool Https { get; init; }

    /// <summary>How answers depart from what the API promises.</summary>
    public ResponseShape Shape { get; init; } = ResponseShape.Faithful;

    /// <summary>Rules of the fault plan, as text.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>Keeps received requests.</summary>
    public bool LogRequests { get; init; } = true;

    /// <summary>Offers <c>/_sandbox/...</c>, so that another process can arrange faults and look into the store.</summary>
    public bool ControlEndpoint { get; init; }

    /// <summary>Workspaces that exist but are not this account's: creating a key there is refused with 403.</summary>
    public IReadOnlyList<Guid> ForeignWorkspaceIds { get; init; } = [];

    /// <summary>The clock of the server.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
