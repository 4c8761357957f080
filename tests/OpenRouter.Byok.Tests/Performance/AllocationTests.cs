using System.Net.Http.Headers;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Performance;

/// <summary>What a listing allocates beyond the bare HTTP traffic, counted in bytes; nothing here looks at a clock.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationTests
{
    private const int Keys = 2000;

    /// <summary>
    /// A key has an id, a name, a provider, a label, a workspace and a time, which are some 300 bytes as text and 150 as
    /// an object; the time's text, the enumeration and what a page takes are the rest of the 730 that were counted. Much
    /// more would be work done twice.
    /// </summary>
    private const long MostPerKey = 900;

    [Fact]
    public async Task A_listed_key_costs_little_more_memory_than_what_it_holds()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = Keys, LogRequests = false });
        using var client = new ByokClient(new ByokConnection { BaseUri = server.BaseUri, ApiKey = SandboxAccount.Secure(server.ManagementKey) });
        using var bare = new HttpClient();
        bare.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.ManagementKey);

        // Whatever is made once is made before anything counts.
        for (int round = 0; round < 3; round++)
        {
            await ListAsync(client);
            await ReadPagesAsync(bare, server.BaseUri);
        }

        long listing = long.MaxValue;
        long traffic = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long start = GC.GetTotalAllocatedBytes(precise: true);
            int count = await ListAsync(client);
            long middle = GC.GetTotalAllocatedBytes(precise: true);
            await ReadPagesAsync(bare, server.BaseUri);
            long end = GC.GetTotalAllocatedBytes(precise: true);
            Assert.Equal(Keys, count);
            listing = Math.Min(listing, middle - start);
            traffic = Math.Min(traffic, end - middle);
        }

        long perKey = (listing - traffic) / Keys;
        TestContext.Current.SendDiagnosticMessage($"{perKey} bytes for a key beyond the {traffic / Keys} of the traffic and the server.");
        Assert.True(perKey <= MostPerKey, $"A listed key takes {perKey} bytes beyond the traffic; at most {MostPerKey} are expected.");
    }

    private static async Task<int> ListAsync(ByokClient client)
    {
        int count = 0;
        await foreach (ByokKey _ in client.ListKeysAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            count++;
        }

        return count;
    }

    private static async Task ReadPagesAsync(HttpClient client, Uri address)
    {
        // The same pages as the listing asks for: they overlap by one key.
        byte[] buffer = new byte[64 * 1024];
        for (int offset = 0; offset < Keys - 1; offset += 99)
        {
            await using Stream page = await client.GetStreamAsync(new Uri($"{address}/byok?offset={offset}&limit=100"), TestContext.Current.CancellationToken);
            while (await page.ReadAsync(buffer, TestContext.Current.CancellationToken) > 0)
            {
            }
        }
    }
}
