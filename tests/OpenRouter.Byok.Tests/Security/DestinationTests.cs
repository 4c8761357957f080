using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>Secrets are sent only to the given server, and encrypted.</summary>
public sealed class DestinationTests
{
    [Theory]
    [InlineData("http://openrouter.ai/api/v1")]
    [InlineData("http://192.0.2.1/api/v1")]
    [InlineData("http://127.0.0.1.example.com/api/v1")]
    [InlineData("http://localhost.example.com/api/v1")]
    [InlineData("http://[2001:db8::1]/api/v1")]
    [InlineData("http://0.0.0.0/api/v1")]
    [InlineData("ftp://127.0.0.1/api/v1")]
    [InlineData("file:///api/v1")]
    [InlineData("https://user:password@openrouter.ai/api/v1")]
    [InlineData("https://openrouter.ai/api/v1?key=1")]
    [InlineData("https://openrouter.ai/api/v1#part")]
    [InlineData("/api/v1")]
    public void An_unsafe_address_is_refused_before_anything_is_sent(string address)
    {
        ByokApiException refused = Assert.Throws<ByokApiException>(
            () => new ByokClient(new ByokConnection { BaseUri = new Uri(address, UriKind.RelativeOrAbsolute), ApiKey = Secrets.Secure(Secrets.NewKey()) }));

        Assert.Equal(ByokErrorKind.InsecureAddress, refused.Kind);
        Assert.True(refused.EndsTheCommand);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/api/v1")]
    [InlineData("http://localhost:1/api/v1")]
    [InlineData("http://[::1]:1/api/v1")]
    [InlineData("https://openrouter.ai/api/v1")]
    public void Loopback_and_https_are_accepted(string address)
    {
        using var client = new ByokClient(new ByokConnection { BaseUri = new Uri(address), ApiKey = Secrets.Secure(Secrets.NewKey()) });
    }

    [Theory]
    [InlineData("http://192.0.2.1:8080", "http://127.0.0.1:1/api/v1")]
    [InlineData("http://user:password@127.0.0.1:8080", "https://openrouter.ai/api/v1")]
    public void A_proxy_that_would_see_or_show_a_secret_is_refused(string proxy, string address)
    {
        ByokApiException refused = Assert.Throws<ByokApiException>(() => new ByokClient(
            new ByokConnection { BaseUri = new Uri(address), Proxy = new Uri(proxy), ApiKey = Secrets.Secure(Secrets.NewKey()) }));

        Assert.Equal(ByokErrorKind.InsecureAddress, refused.Kind);
        Assert.DoesNotContain("password@", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_untrusted_certificate_is_refused_and_nothing_is_sent()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { Https = true, SeedCount = 1 });
        using var client = new ByokClient(Connect(server.BaseUri, server.ManagementKey));

        ByokApiException refused = await Assert.ThrowsAsync<ByokApiException>(() => RotateAsync(client));

        Assert.Equal(ByokErrorKind.ConnectionFailed, refused.Kind);
        Assert.True(refused.EndsTheCommand);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_certificate_other_than_the_trusted_one_is_refused()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { Https = true, SeedCount = 1 });
        await using SandboxServer other = await SandboxServer.StartAsync(new SandboxOptions { Https = true });
        using var client = new ByokClient(Connect(server.BaseUri, server.ManagementKey, HashOf(other)));

        ByokApiException refused = await Assert.ThrowsAsync<ByokApiException>(() => RotateAsync(client));

        Assert.Equal(ByokErrorKind.ConnectionFailed, refused.Kind);
        Assert.Empty(server.Requests);
    }

#pragma warning disable CA5398, CA5397, SYSLIB0039 // Old versions are named here to see them refused.
    [Theory]
    [InlineData(SslProtocols.Tls11, false)]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, true)]
    public async Task TLS_1_2_or_later_is_required(SslProtocols version, bool isSpoken)
#pragma warning restore CA5398, CA5397, SYSLIB0039
    {
        await using SandboxServer certificates = await SandboxServer.StartAsync(new SandboxOptions { Https = true });
        var spoken = new ConcurrentQueue<SslProtocols>();
        await using var server = new RawServer((_, _, _) => Task.CompletedTask, async stream =>
        {
            var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificate = certificates.Certificate,
                EnabledSslProtocols = version,
            });
            spoken.Enqueue(tls.SslProtocol);
            return tls;
        });

        // The policy of the machine may already refuse a version; then the client cannot be tested with it.
        Assert.SkipUnless(await CanSpeakAsync(server.Port, version), $"TLS on this machine does not speak {version}.");
        await Wait.UntilAsync(() => spoken.Count == 1);
        using var client = new ByokClient(Connect(new Uri($"https://127.0.0.1:{server.Port}/api/v1"), Secrets.NewKey(), HashOf(certificates)));

        ByokApiException refused = await Assert.ThrowsAsync<ByokApiException>(() => RotateAsync(client));

        Assert.Equal(ByokErrorKind.ConnectionFailed, refused.Kind);
        Assert.Equal(isSpoken ? [version, version] : [version], spoken);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_never_followed(int status)
    {
        await using SandboxServer elsewhere = await SandboxServer.StartAsync();
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });
        server.Faults.Add(Faults.Redirect($"{elsewhere.BaseUri}/byok", status), ApiOperation.Update);
        server.Faults.Add(Faults.Redirect($"{elsewhere.BaseUri}/byok", status), ApiOperation.Create);
        server.Faults.Add(Faults.Redirect($"{elsewhere.BaseUri}/byok", status), ApiOperation.List);
        server.Faults.Add(Faults.Redirect("/api/v1/elsewhere", status));
        using var client = new ByokClient(Connect(server.BaseUri, server.ManagementKey));
        string id = server.Store.Keys[0].Id.ToString();

        (Func<Task> Operation, ByokErrorKind Kind)[] operations =
        [
            (() => RotateAsync(client), ByokErrorKind.BadResponse),

            // A server that redirects a create may have forwarded it before.
            (() => client.CreateKeyAsync(new CreateByokKeyRequest { Provider = "openai", Key = Secrets.Secure(Secrets.NewKey()) }), ByokErrorKind.CreateOutcomeUnknown),
            (() => client.GetKeyAsync(id), ByokErrorKind.BadResponse),
            (() => client.DeleteKeyAsync(id), ByokErrorKind.BadResponse),
            (async () => await client.ListKeysAsync().ToListAsync(), ByokErrorKind.BadResponse),
        ];
        foreach ((Func<Task> operation, ByokErrorKind kind) in operations)
        {
            Assert.Equal(kind, (await Assert.ThrowsAsync<ByokApiException>(operation)).Kind);
        }

        Assert.Empty(elsewhere.Requests);
        Assert.All([ApiOperation.Update, ApiOperation.Create, ApiOperation.Get, ApiOperation.Delete], operation => Assert.Single(server.Requests.Of(operation)));
        Assert.DoesNotContain(server.Requests, request => request.Target.Contains("elsewhere", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Https_goes_through_the_proxy_that_was_given_as_a_tunnel()
    {
        string key = Secrets.NewKey();
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { Https = true, SeedCount = 1 });
        await using var proxy = new TunnelProxy(server.BaseUri.Port, "user:proxy-password");
        var connection = new ByokConnection
        {
            BaseUri = new Uri("https://byok.invalid/api/v1"), Proxy = proxy.Address, ProxyCredential = new NetworkCredential("user", "proxy-password"),
            ApiKey = Secrets.Secure(server.ManagementKey), TrustedCertificateHash = HashOf(server),
        };
        using var client = new ByokClient(connection);

        Guid id = server.Store.Keys[0].Id;
        await client.UpdateKeyAsync(id.ToString(), new UpdateByokKeyRequest { Key = Secrets.Secure(key) }, null, TestContext.Current.CancellationToken);

        Assert.Equal(key, server.Store.RawKey(id));
        Assert.Equal((2, 1), (proxy.Heads.Count, proxy.Refused));
        Assert.All(proxy.Heads, head => Assert.StartsWith("CONNECT byok.invalid:443 HTTP/1.1\r\n", head, StringComparison.Ordinal));
        Secrets.AssertAbsent([.. proxy.Heads, proxy.Seen], key, server.ManagementKey);
    }

    [Fact]
    public async Task Https_goes_through_the_proxy_of_the_environment_as_a_tunnel()
    {
        string key = Secrets.NewKey();
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { Https = true, SeedCount = 1 });
        await using var proxy = new TunnelProxy(server.BaseUri.Port);
        await using ProbeProcess probe = StartBehind(proxy);
        await probe.AskAsync($"connect https://byok.invalid/api/v1 {ProbeProcess.Masked(server.ManagementKey)} {HashOf(server)}");
        await probe.AskAsync($"key {ProbeProcess.Masked(key)}");

        Assert.Equal("done", await probe.AskAsync($"rotate {server.Store.Keys[0].Id}"));

        Assert.Equal(key, server.Store.RawKey(server.Store.Keys[0].Id));
        Assert.Equal(1, proxy.Connections);
        Secrets.AssertAbsent([.. proxy.Heads, proxy.Seen], key, server.ManagementKey);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Loopback_is_never_reached_through_a_proxy_of_the_environment(bool https)
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { Https = https, SeedCount = 1 });
        await using var proxy = new TunnelProxy(server.BaseUri.Port);
        await using ProbeProcess probe = StartBehind(proxy);
        await probe.AskAsync($"connect {server.BaseUri} {ProbeProcess.Masked(server.ManagementKey)}{(https ? " " + HashOf(server) : string.Empty)}");
        await probe.AskAsync($"key {ProbeProcess.Masked(Secrets.NewKey())}");

        Assert.Equal("done", await probe.AskAsync($"rotate {server.Store.Keys[0].Id}"));
        Assert.Equal(0, proxy.Connections);
    }

    private static async Task<bool> CanSpeakAsync(int port, SslProtocols version)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        try
        {
#pragma warning disable CA5359 // This client only shows that the version can be spoken.
            await using var tls = new SslStream(connection.GetStream(), leaveInnerStreamOpen: false, static (_, _, _, _) => true);
#pragma warning restore CA5359
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = version }, TestContext.Current.CancellationToken);
            return true;
        }
        catch (Exception refused) when (refused is AuthenticationException or IOException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    private static ProbeProcess StartBehind(TunnelProxy proxy) => ProbeProcess.Start(new Dictionary<string, string>
    {
        ["HTTP_PROXY"] = proxy.Address.ToString(), ["HTTPS_PROXY"] = proxy.Address.ToString(), ["ALL_PROXY"] = proxy.Address.ToString(), ["NO_PROXY"] = string.Empty,
    });

    private static string HashOf(SandboxServer server) => server.Certificate!.GetCertHashString(HashAlgorithmName.SHA256);

    private static ByokConnection Connect(Uri address, string managementKey, string? trusted = null) => new()
    {
        BaseUri = address, ApiKey = Secrets.Secure(managementKey), TrustedCertificateHash = trusted, MaximumRetryCount = 0, TimeoutSec = 20,
    };

    private static Task<ByokKey> RotateAsync(ByokClient client) =>
        client.UpdateKeyAsync(Guid.NewGuid().ToString(), new UpdateByokKeyRequest { Key = Secrets.Secure(Secrets.NewKey()) });
}
