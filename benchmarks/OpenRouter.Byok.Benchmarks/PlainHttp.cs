using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>The same requests with <see cref="HttpClient"/> and nothing else: no retries, no checks, answers parsed and dropped.</summary>
internal sealed class PlainHttp : IDisposable
{
    private readonly HttpClient _client;

    internal PlainHttp(Uri address, string managementKey)
    {
        _client = new(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All }) { BaseAddress = new Uri(address.ToString().TrimEnd('/') + "/") };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", managementKey);
    }

    internal async Task<int> ReadPageAsync(int offset, CancellationToken stop)
    {
        using JsonDocument page = await ReadAsync(new HttpRequestMessage(HttpMethod.Get, $"byok?offset={offset}&limit={Work.PageSize}"), stop).ConfigureAwait(false);
        return page.RootElement.GetProperty("data").GetArrayLength();
    }

    internal async Task RotateAsync(string id, string key, CancellationToken stop)
    {
        using var content = new StringContent($$"""{"key":"{{key}}"}""", Encoding.UTF8, "application/json");
        using JsonDocument answer = await ReadAsync(new HttpRequestMessage(HttpMethod.Patch, "byok/" + id) { Content = content }, stop).ConfigureAwait(false);
        _ = answer.RootElement.GetProperty("data");
    }

    public void Dispose() => _client.Dispose();

    private async Task<JsonDocument> ReadAsync(HttpRequestMessage message, CancellationToken stop)
    {
        using (message)
        {
            using HttpResponseMessage response = await _client.SendAsync(message, stop).ConfigureAwait(false);
            response.EnsureSuccessStatusCode();
            byte[] bytes = await response.Content.ReadAsByteArrayAsync(stop).ConfigureAwait(false);
            return JsonDocument.Parse(bytes.AsMemory());
        }
    }
}
