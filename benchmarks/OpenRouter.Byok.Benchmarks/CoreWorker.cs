using System.Diagnostics;
using System.Security;
using System.Text.Json;
using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>The other end of a <see cref="WorkerProcess"/>: work with the module's HTTP core, or with <see cref="HttpClient"/>, and no PowerShell.</summary>
internal static class CoreWorker
{
    internal static async Task RunAsync()
    {
        var address = new Uri(Environment.GetEnvironmentVariable("OPENROUTER_BASE_URL")!);
        string managementKey = Environment.GetEnvironmentVariable("OPENROUTER_MANAGEMENT_KEY")!;
        using var client = new ByokClient(new ByokConnection { BaseUri = address, ApiKey = Secure(managementKey) });
        using var plain = new PlainHttp(address, managementKey);
        while (await Console.In.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            Answer answer;
            try
            {
                answer = await DoAsync(client, plain, JsonSerializer.Deserialize<Order>(line, JsonSerializerOptions.Web)!).ConfigureAwait(false);
            }
            catch (Exception error) when (error is ByokApiException or JsonException or HttpRequestException)
            {
                answer = new Answer(0, 0, Error: error.Message);
            }

            Console.WriteLine(JsonSerializer.Serialize(answer, JsonSerializerOptions.Web));
        }
    }

    private static async Task<Answer> DoAsync(ByokClient client, PlainHttp plain, Order order)
    {
        (SecureString Key, Row Row)[] rows = [.. order.Rows.Select(row => (Secure(row.Key!), row))];
        var lanes = new ParallelOptions { MaxDegreeOfParallelism = order.Concurrency };
        int count = 0;
        var process = Process.GetCurrentProcess();
        TimeSpan used = process.TotalProcessorTime;
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
            case "pass/core":
                await foreach (ByokKey _ in client.ListKeysAsync().ConfigureAwait(false))
                {
                    count++;
                }

                break;
            case "pass/httpclient":
                await Parallel.ForEachAsync(Enumerable.Range(0, Work.Pages(order.Count)), lanes, async (page, stop) =>
                    Interlocked.Add(ref count, await plain.ReadPageAsync(page * Work.PageSize, stop).ConfigureAwait(false))).ConfigureAwait(false);
                break;
            case "rotate/httpclient":
                await Parallel.ForEachAsync(order.Rows, lanes, async (row, stop) =>
                {
                    await plain.RotateAsync(row.Id!, row.Key!, stop).ConfigureAwait(false);
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

        double milliseconds = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        process.Refresh();
        return new Answer(milliseconds, count, Processor: (process.TotalProcessorTime - used).TotalMilliseconds);
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
