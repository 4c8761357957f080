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
        Server = server;
        Connection = connection;
        Client = new ByokClient(connection, time);
    }

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

    /// <summary>Opens an account; its clock is <see cref="ShortPauses"/> unless another one is given.</summary>
    internal static async Task<Account> OpenAsync(
        SandboxOptions? options = null, int timeoutSec = 30, int retries = 5, double interval = 0.01, TimeProvider? time = null, params string[] faults)
    {
        SandboxServer server = await SandboxServer.StartAsync((options ?? new SandboxOptions()) with { Faults = faults });
        return new Account(server, Connect(server, timeoutSec, retries, interval), time ?? new ShortPauses());
    }

    internal static ByokConnection Connect(SandboxServer server, int timeoutSec = 30, int retries = 5, double interval = 0.01, string? title = null) => new()
    {
        BaseUri = server.BaseUri,
        ApiKey = SandboxAccount.Secure(server.ManagementKey),
        TimeoutSec = timeoutSec,
        MaximumRetryCount = retries,
        RetryIntervalSec = interval,
        AppTitle = title,
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

    public void Verbose(string message)
    {
        lock (_lock)
        {
            _verbose.Add(message);
        }
    }

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
