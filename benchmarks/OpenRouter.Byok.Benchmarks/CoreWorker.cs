using System.Diagnostics;
using System.Security;
using System.Text.Json;
using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>The other end of a <see cref="WorkerProcess"/>: work with the module's HTTP core and no PowerShell.</summary>
internal static class CoreWorker
{
    internal static async Task RunAsync()
    {
        var connection = new ByokConnection
        {
            BaseUri = new Uri(Environment.GetEnvironmentVariable("OPENROUTER_BASE_URL")!),
            ApiKey = Secure(Environment.GetEnvironmentVariable("OPENROUTER_MANAGEMENT_KEY")!),
        };
        using var client = new ByokClient(connection);
        while (await Console.In.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            Answer answer;
            try
            {
                answer = await DoAsync(client, JsonSerializer.Deserialize<Order>(line, JsonSerializerOptions.Web)!).ConfigureAwait(false);
            }
            catch (Exception error) when (error is ByokApiException or JsonException)
            {
                answer = new Answer(0, 0, Error: error.Message);
            }

            Console.WriteLine(JsonSerializer.Serialize(answer, JsonSerializerOptions.Web));
        }
    }

    private static async Task<Answer> DoAsync(ByokClient client, Order order)
    {
        (SecureString Key, Row Row)[] rows = [.. order.Rows.Select(row => (Secure(row.Key!), row))];
        var lanes = new ParallelOptions { MaxDegreeOfParallelism = order.Concurrency };
        int count = 0;
        long began = Stopwatch.GetTimestamp();
        switch (order.Work)
        {
            case "list/core":
                var keys = new List<ByokKey>();
                await foreach (ByokKey key in client.ListKeysAsync().ConfigureAwait(false))
                {
                    keys.Add(key);
                }

                count = keys.Count;
                break;
            case "rotate/core":
                await Parallel.ForEachAsync(rows, lanes, async (row, stop) =>
                {
                    await client.UpdateKeyAsync(row.Row.Id!, new UpdateByokKeyRequest { Key = row.Key }, cancellationToken: stop).ConfigureAwait(false);
                    Interlocked.Increment(ref count);
                }).ConfigureAwait(false);
                break;
            case "create/core":
                await Parallel.ForEachAsync(rows, lanes, async (row, stop) =>
                {
                    var request = new CreateByokKeyRequest { Provider = row.Row.Provider!, Key = row.Key, Settings = new ByokKeySettings().Set(KeyFields.Name, row.Row.Name) };
                    await client.CreateKeyAsync(request, cancellationToken: stop).ConfigureAwait(false);
                    Interlocked.Increment(ref count);
                }).ConfigureAwait(false);
                break;
            case "delete/core":
                await Parallel.ForEachAsync(client.ListKeysAsync(), lanes, async (key, stop) =>
                {
                    await client.DeleteKeyAsync(key.Id, cancellationToken: stop).ConfigureAwait(false);
                    Interlocked.Increment(ref count);
                }).ConfigureAwait(false);
                break;
            default:
                throw new JsonException($"There is no {order.Work}.");
        }

        return new Answer(Stopwatch.GetElapsedTime(began).TotalMilliseconds, count);
    }

    private static SecureString Secure(string text)
    {
        var secure = new SecureString();
        foreach (char character in text)
        {
            secure.AppendChar(character);
        }

        return secure;
    }
}
