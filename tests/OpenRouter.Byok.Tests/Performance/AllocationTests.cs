using System.Net.Http.Headers;
using System.Text;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Performance;

/// <summary>What a listing and a rotation allocate in addition to the HTTP traffic, in bytes; no test here depends on time.</summary>
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

    private const int Rotations = 500;

    /// <summary>
    /// A rotation builds a request and reads a key: its headers, the body in pinned memory, the state machines of the attempt
    /// and of the retries. 8,600 bytes were counted; the engine's binding of a row comes on top and is not the module's.
    /// </summary>
    private const long MostPerRotation = 10_000;

    [Fact]
    public async Task A_listed_key_costs_little_more_memory_than_what_it_holds()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = Keys, LogRequests = false });
        using ByokClient client = Connect(server);
        using HttpClient bare = ConnectBare(server);

        long perKey = await MeasureAsync(() => ListAsync(client), () => ReadPagesAsync(bare, server.BaseUri)) / Keys;

        TestContext.Current.SendDiagnosticMessage($"{perKey} bytes for a key beyond the traffic and the server.");
        Assert.True(perKey <= MostPerKey, $"A listed key takes {perKey} bytes beyond the traffic; at most {MostPerKey} are expected.");
    }

    [Fact]
    public async Task A_rotation_costs_little_more_memory_than_its_request()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1, LogRequests = false });
        using ByokClient client = Connect(server);
        using HttpClient bare = ConnectBare(server);
        string id = server.Store.Keys.Single().Id.ToString();

        long perRotation = await MeasureAsync(() => RotateAsync(client, id), () => PatchAsync(bare, new Uri($"{server.BaseUri}/byok/{id}"))) / Rotations;

        TestContext.Current.SendDiagnosticMessage($"{perRotation} bytes for a rotation beyond the traffic and the server.");
        Assert.True(perRotation <= MostPerRotation, $"A rotation takes {perRotation} bytes beyond the traffic; at most {MostPerRotation} are expected.");
    }

    /// <summary>What some work allocates in addition to its HTTP traffic.</summary>
    private static async Task<long> MeasureAsync(Func<Task> work, Func<Task> bare)
    {
        // One-time allocations are made before the count starts.
        for (int round = 0; round < 3; round++)
        {
            await work();
            await bare();
        }

        long all = long.MaxValue;
        long traffic = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long start = GC.GetTotalAllocatedBytes(precise: true);
            await work();
            long middle = GC.GetTotalAllocatedBytes(precise: true);
            await bare();
            long end = GC.GetTotalAllocatedBytes(precise: true);
            all = Math.Min(all, middle - start);
            traffic = Math.Min(traffic, end - middle);
        }

        return all - traffic;
    }

    private static ByokClient Connect(SandboxServer server) =>
        new(new ByokConnection { BaseUri = server.BaseUri, ApiKey = SandboxAccount.Secure(server.ManagementKey) });

    private static HttpClient ConnectBare(SandboxServer server)
    {
        var bare = new HttpClient();
        bare.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.ManagementKey);
        return bare;
    }

    private static async Task RotateAsync(ByokClient client, string id)
    {
        using var key = SandboxAccount.Secure("sk-rotated-0123456789");
        for (int rotation = 0; rotation < Rotations; rotation++)
        {
            await client.UpdateKeyAsync(id, new UpdateByokKeyRequest { Key = key }, cancellationToken: TestContext.Current.CancellationToken);
        }
    }

    private static async Task PatchAsync(HttpClient client, Uri address)
    {
        for (int rotation = 0; rotation < Rotations; rotation++)
        {
            using var content = new StringContent("""{"key":"sk-rotated-0123456789"}""", Encoding.UTF8, "application/json");
            using HttpResponseMessage response = await client.PatchAsync(address, content, TestContext.Current.CancellationToken);
            await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        }
    }

    private static async Task ListAsync(ByokClient client)
    {
        int count = 0;
        await foreach (ByokKey _ in client.ListKeysAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            count++;
        }

        Assert.Equal(Keys, count);
    }

    private static async Task ReadPagesAsync(HttpClient client, Uri address)
    {
        // The same pages as the listing requests: they overlap by one key.
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
