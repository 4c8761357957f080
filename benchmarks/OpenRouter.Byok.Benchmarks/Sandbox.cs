using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using OpenRouter.Byok.PinnedPowerShell;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>The stand-in API in a process of its own, and what arranges and inspects it.</summary>
internal sealed class Sandbox : IAsyncDisposable
{
    private const string ManagementKey = "sk-or-v1-benchmark-0123456789abcdef0123456789abcdef";

    private readonly Process _process;
    private readonly string? _certificate;
    private readonly HttpClient _control;

    private Sandbox(Process process, Uri address, string? certificate)
    {
        _process = process;
        _certificate = certificate;
        Address = address;

        // Its own server; the contestants check the certificate.
        _control = new(new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator });
    }

    /// <summary>The API's address.</summary>
    internal Uri Address { get; }

    /// <summary>The header that the API wants.</summary>
    internal static string Authorization => $"Authorization: Bearer {ManagementKey}";

    /// <summary>Starts it; with HTTPS, HTTP/2 is offered too.</summary>
    internal static async Task<Sandbox> StartAsync(string assembly, bool https = false)
    {
        string? certificate = https ? Path.GetTempFileName() : null;
        Process process = Process.Start(new ProcessStartInfo(
            PowerShellProgram.DotnetHost,
            [
                assembly, "--LogRequests", "false", "--ManagementKey", ManagementKey,
                .. certificate is null ? Array.Empty<string>() : ["--Https", "true", "--CertificateFile", certificate],
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        string address = await process.StandardOutput.ReadLineAsync().ConfigureAwait(false)
            ?? throw new InvalidOperationException("The sandbox did not start.");
        return new Sandbox(process, new Uri(address), certificate);
    }

    /// <summary>Tells a process where the API is.</summary>
    internal void Describe(ProcessStartInfo start)
    {
        start.Environment["OPENROUTER_BASE_URL"] = Address.ToString();
        start.Environment["OPENROUTER_MANAGEMENT_KEY"] = ManagementKey;
        start.Environment.Remove("OPENROUTER_API_KEY");
        if (_certificate is not null)
        {
            start.Environment["SSL_CERT_FILE"] = _certificate;
        }
    }

    /// <summary>Starts over with so many keys, the same ones every time.</summary>
    internal Task ResetAsync(int keys, int latency) => ResetAsync(keys, latency, Conditions.None);

    /// <summary>Starts over with so many keys, the same ones every time, under such conditions.</summary>
    internal async Task ResetAsync(int keys, int latency, Conditions conditions)
    {
        await PostAsync("reset", $$"""{"seed":{{keys.ToString(CultureInfo.InvariantCulture)}}}""").ConfigureAwait(false);
        await PostAsync("latency", $$"""{"milliseconds":{{latency.ToString(CultureInfo.InvariantCulture)}}}""").ConfigureAwait(false);
        await PostAsync("faults", JsonSerializer.Serialize(conditions.Faults)).ConfigureAwait(false);
        await PostAsync("rate", $$"""{"requests_per_second":{{conditions.RequestsPerSecond.ToString(CultureInfo.InvariantCulture)}}}""").ConfigureAwait(false);
    }

    /// <summary>How many keys there are.</summary>
    internal async Task<int> CountAsync()
    {
        JsonElement status = await _control.GetFromJsonAsync<JsonElement>(new Uri(Address, "/_sandbox/status")).ConfigureAwait(false);
        return status.GetProperty("keys").GetInt32();
    }

    /// <summary>The keys that are there, with their names and raw keys.</summary>
    internal async Task<IReadOnlyList<(string Id, string? Name, string? Key)>> KeysAsync()
    {
        JsonElement keys = await _control.GetFromJsonAsync<JsonElement>(new Uri(Address, "/_sandbox/keys")).ConfigureAwait(false);
        return [.. keys.EnumerateArray()
            .Select(key => (key.GetProperty("id").GetString()!, key.GetProperty("name").GetString(), key.GetProperty("key").GetString()))];
    }

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
        if (_certificate is not null)
        {
            File.Delete(_certificate);
        }
    }

    private async Task PostAsync(string path, string body)
    {
        using var content = new StringContent(body);
        using HttpResponseMessage response = await _control.PostAsync(new Uri(Address, "/_sandbox/" + path), content).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
    }
}
