using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Reliability;

namespace OpenRouter.Byok.Tests.Performance;

/// <summary>How many connections are opened, counted at the server; no test here depends on time.</summary>
public sealed class ConnectionTests
{
    [Fact]
    public async Task A_listing_over_TLS_reads_its_pages_side_by_side_on_one_HTTP_2_connection()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { Https = true, SeedCount = 2000 });
        using var client = new ByokClient(new ByokConnection
        {
            BaseUri = server.BaseUri, ApiKey = SandboxAccount.Secure(server.ManagementKey), TrustedCertificateHash = server.Certificate!.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256),
        });

        Assert.Equal(2000, await client.ListKeysAsync(cancellationToken: TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken));

        Assert.All(server.Requests, request => Assert.Equal("HTTP/2", request.Protocol));
        Assert.Equal(1, server.TotalConnections);
    }

    [Fact]
    public async Task Commands_one_after_the_other_share_a_connection()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 20 });
        for (int command = 0; command < 3; command++)
        {
            // Each command has a client of its own.
            using var client = new ByokClient(Account.Connect(server));
            foreach (SandboxKey key in server.Store.Keys)
            {
                await client.UpdateKeyAsync(key.Id.ToString(), Account.Disable, null, TestContext.Current.CancellationToken);
            }
        }

        Assert.Equal(60, server.Requests.Count);
        Assert.Equal(1, server.TotalConnections);
    }
}
