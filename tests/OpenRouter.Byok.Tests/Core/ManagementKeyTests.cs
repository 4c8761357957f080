using System.Security;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Core;

/// <summary>A management key that was rotated is read again, once.</summary>
public sealed class ManagementKeyTests
{
    private int _calls;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refused_management_key_is_read_again_and_the_request_repeated_with_the_new_one()
    {
        await using SandboxServer server = await StartAsync();
        ByokConnection connection = Connect(server, "sk-or-v1-old", () => server.ManagementKey);
        string? before = connection.Fingerprint;
        using var client = new ByokClient(connection);

        await GetAsync(server, client);
        await GetAsync(server, client);

        Assert.Equal(1, _calls);
        Assert.Equal(["Bearer sk-or-v1-old", $"Bearer {server.ManagementKey}", $"Bearer {server.ManagementKey}"], server.Requests.Select(request => request.Header("Authorization")));
        Assert.NotEqual(before, connection.Fingerprint);
    }

    [Fact]
    public async Task Requests_that_are_refused_together_share_one_call()
    {
        await using SandboxServer server = await StartAsync();
        var allRefused = new TaskCompletionSource();
        using var client = new ByokClient(Connect(server, "sk-or-v1-old", () => server.ManagementKey, allRefused.Task));

        Task[] requests = [.. Enumerable.Range(0, 8).Select(_ => GetAsync(server, client))];
        await Wait.UntilAsync(() => server.Requests.Count == 8 && server.Concurrent == 0);
        allRefused.SetResult();
        await Task.WhenAll(requests);

        Assert.Equal(1, _calls);
        Assert.Equal(16, server.Requests.Count);
    }

    [Fact]
    public async Task The_same_management_key_is_not_sent_again()
    {
        await using SandboxServer server = await StartAsync();
        using var client = new ByokClient(Connect(server, "sk-or-v1-old", () => "sk-or-v1-old"));

        for (int command = 1; command <= 2; command++)
        {
            // The next command requests it again, because the key may have been replaced.
            ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => GetAsync(server, client));
            Assert.Equal((ByokErrorKind.Unauthorized, command, command), (error.Kind, _calls, server.Requests.Count));
        }
    }

    [Fact]
    public async Task A_new_management_key_that_is_refused_too_is_an_error()
    {
        await using SandboxServer server = await StartAsync();
        using var client = new ByokClient(Connect(server, "sk-or-v1-old", () => "sk-or-v1-wrong"));

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => GetAsync(server, client));

        Assert.Equal((ByokErrorKind.Unauthorized, true, 2), (error.Kind, error.EndsTheCommand, error.Attempts));
        Assert.Equal((1, 2), (_calls, server.Requests.Count));
    }

    [Fact]
    public async Task Without_a_management_key_the_first_one_is_read_before_the_first_request()
    {
        await using SandboxServer server = await StartAsync();
        ByokConnection connection = Connect(server, null, () => server.ManagementKey);
        using var client = new ByokClient(connection);
        Assert.Null(connection.Fingerprint);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => GetAsync(server, client)));

        Assert.Equal((1, 4), (_calls, server.Requests.Count));
        Assert.NotNull(connection.Fingerprint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sk-or-v1-with space")]
    public async Task A_new_value_that_cannot_be_a_management_key_is_never_sent(string given)
    {
        await using SandboxServer server = await StartAsync();
        using var client = new ByokClient(Connect(server, "sk-or-v1-old", () => given));

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => GetAsync(server, client));

        Assert.Equal(ByokErrorKind.NotConnected, error.Kind);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_management_key_that_cannot_be_read_is_an_error_with_the_reason()
    {
        await using SandboxServer server = await StartAsync();
        using var client = new ByokClient(Connect(server, null, () => throw new InvalidOperationException("The vault is locked.")));

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => GetAsync(server, client));

        Assert.Equal((ByokErrorKind.NotConnected, true), (error.Kind, error.EndsTheCommand));
        Assert.Contains("The vault is locked.", error.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_management_key_stays_readable_where_its_provider_disposes_what_it_gave()
    {
        await using SandboxServer server = await StartAsync();
        SecureString given = SandboxAccount.Secure(server.ManagementKey);
        using var client = new ByokClient(new ByokConnection { BaseUri = server.BaseUri, ApiKeyProvider = _ => Task.FromResult(given) });
        await GetAsync(server, client);
        given.Dispose();

        await GetAsync(server, client);
    }

    [Fact]
    public void A_fingerprint_tells_management_keys_apart_and_does_not_change()
    {
        string[] prints = [.. new[] { "sk-or-v1-one", "sk-or-v1-two", "sk-or-v1-one" }.Select(key => new ByokConnection { ApiKey = SandboxAccount.Secure(key) }.Fingerprint!)];

        Assert.All(prints, print => Assert.Matches("^[0-9a-f]{8}$", print));
        Assert.Equal(prints[0], prints[2]);
        Assert.NotEqual(prints[0], prints[1]);

        // Fixed, because people compare it with recorded values across versions.
        Assert.Equal("1f02415a", prints[0]);
        Assert.Null(new ByokConnection().Fingerprint);
    }

    private static Task<SandboxServer> StartAsync() => SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });

    private ByokConnection Connect(SandboxServer server, string? key, Func<string> provide, Task? wait = null) => new()
    {
        BaseUri = server.BaseUri,
        ApiKey = key is null ? null : SandboxAccount.Secure(key),
        RetryIntervalSec = 0.01,
        ApiKeyProvider = async stop =>
        {
            Interlocked.Increment(ref _calls);
            await (wait ?? Task.CompletedTask).WaitAsync(stop);
            return SandboxAccount.Secure(provide());
        },
    };

    private static Task<ByokKey> GetAsync(SandboxServer server, ByokClient client) => client.GetKeyAsync(server.Store.Keys[0].Id.ToString(), cancellationToken: Stop);
}
