using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class ProgramTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_process_sets_faults_and_reads_the_store_until_the_input_ends()
    {
        var certificate = Path.Combine(AppContext.BaseDirectory, $"{Guid.NewGuid():N}.pem");
        using var program = Start("--ManagementKey", "K", "--LogRequests", "false", "--Https", "true", "--CertificateFile", certificate);
        var address = new Uri((await program.StandardOutput.ReadLineAsync(Cancellation))! + "/byok");
        var pem = await File.ReadAllTextAsync(certificate, Cancellation);
        File.Delete(certificate);
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, sent, _, _) => sent!.ExportCertificatePem() == pem,
        };
        using var http = new HttpClient(handler);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "K");

        await PostAsync("faults", """["List:Status(500)x1"]""");
        Assert.Equal(HttpStatusCode.InternalServerError, (await http.GetAsync(address, Cancellation)).StatusCode);
        await PostAsync("reset", """{"seed":7,"providers":["groq"]}""");
        await PostAsync("rate", """{"requests_per_second":1}""");
        Assert.Contains("\"total_count\":7", await http.GetStringAsync(address, Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await http.GetAsync(address, Cancellation)).StatusCode);
        Assert.Equal((7, 0), ((await GetAsync("keys")).GetArrayLength(), (await GetAsync("requests")).GetArrayLength()));

        program.StandardInput.Close();
        await program.WaitForExitAsync(Cancellation);
        Assert.Equal(0, program.ExitCode);

        async Task PostAsync(string path, string json)
        {
            using var content = new StringContent(json);
            using var response = await http.PostAsync(new Uri(address, $"/_sandbox/{path}"), content, Cancellation);
            response.EnsureSuccessStatusCode();
        }

        async Task<JsonElement> GetAsync(string path) =>
            JsonElement.Parse(await http.GetStringAsync(new Uri(address, $"/_sandbox/{path}"), Cancellation));
    }

    [Fact]
    public async Task An_unknown_option_is_refused()
    {
        using var program = Start("--Nonsense", "1");
        var errors = await program.StandardError.ReadToEndAsync(Cancellation);
        await program.WaitForExitAsync(Cancellation);

        Assert.NotEqual(0, program.ExitCode);
        Assert.Contains("Nonsense", errors, StringComparison.Ordinal);
    }

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "OpenRouter.Byok.Sandbox.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
