using System.Collections.Concurrent;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>A sandbox and a client for it.</summary>
internal sealed class Account : IAsyncDisposable, IByokTrace
{
    private readonly Lock _lock = new();
    private readonly List<string> _verbose = [];
    private readonly List<string> _warnings = [];

    private Account(SandboxServer server, ByokConnection connection, TimeProvider time)
    {
        Time = time;
        Server = server;
        Connection = connection;
        Client = new ByokClient(connection, time);
    }

    /// <summary>The clock of both the client and the server.</summary>
    internal TimeProvider Time { get; }

    /// <summary>The pauses that were reported.</summary>
    internal ConcurrentQueue<TimeSpan> Waits { get; } = new();

    internal SandboxServer Server { get; }

    internal ByokConnection Connection { get; }

    internal ByokClient Client { get; }

    internal SandboxStore Store => Server.Store;

    internal IReadOnlyList<string> Said
    {
        get
        {
            lock (_lock)
            {
                return [.. _verbose];
            }
        }
    }

    internal IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_lock)
            {
                return [.. _warnings];
            }
        }
    }

    /// <summary>Opens an account. Its client and its server share a clock: <see cref="ShortPauses"/> unless another one is given.</summary>
    internal static async Task<Account> OpenAsync(
        SandboxOptions? options = null, int timeoutSec = 30, int retries = 5, double interval = 0.01, TimeProvider? time = null, params string[] faults)
    {
        time ??= new ShortPauses { TimeLimit = TimeSpan.FromSeconds(timeoutSec) };
        SandboxServer server = await SandboxServer.StartAsync((options ?? new SandboxOptions()) with { Faults = faults, Time = time });
        return new Account(server, Connect(server, timeoutSec, retries, interval), time);
    }

    internal static ByokConnection Connect(SandboxServer server, int timeoutSec = 30, int retries = 5, double interval = 0.01, string? title = null) => new()
    {
        BaseUri = server.BaseUri,
        ApiKey = SandboxAccount.Secure(server.ManagementKey),
        TimeoutSec = timeoutSec,
        MaximumRetryCount = retries,
        RetryIntervalSec = interval,
        AppTitle = title,

        // No certificate has this hash: it gives each server its own route, so that no test closes the connections of
        // another.
        TrustedCertificateHash = server.BaseUri.Authority,
    };

    internal static CreateByokKeyRequest NewKey(string? name, string key = "sk-test-0123456789-AbCd", string provider = "openai") => new()
    {
        Provider = provider,
        Key = SandboxAccount.Secure(key),
        Settings = name is null ? new ByokKeySettings() : new ByokKeySettings().Set(KeyFields.Name, name),
    };

    internal static UpdateByokKeyRequest Disable { get; } = new() { Settings = new ByokKeySettings().Set(KeyFields.Disabled, true) };

    internal Task<ByokKey> CreateAsync(string? name = "one", string key = "sk-test-0123456789-AbCd") =>
        Client.CreateKeyAsync(NewKey(name, key), this, TestContext.Current.CancellationToken);

    /// <summary>
    /// Ends one pause after another until the work is over, each when nothing else runs: then one timer is left, and it is
    /// not the time limit of a request, which the caller makes far longer than any pause.
    /// </summary>
    internal static async Task EndPausesAsync(CountingTime time, Task work)
    {
        while (!work.IsCompleted)
        {
            await Wait.UntilAsync(() => work.IsCompleted || (time.Timers == 1 && time.UntilNext < TimeSpan.FromMinutes(1)));
            time.Advance(time.UntilNext ?? TimeSpan.Zero);
        }
    }

    public void Verbose(string message)
    {
        lock (_lock)
        {
            _verbose.Add(message);
        }
    }

    public bool IsDebugging => false;

    public void Debug(string message)
    {
    }

    public void Waiting(TimeSpan pause, string reason, int attempts) => Waits.Enqueue(pause);

    public void Warning(string message)
    {
        lock (_lock)
        {
            _warnings.Add(message);
        }
    }

    public void TotalCount(long totalCount)
    {
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }
}
