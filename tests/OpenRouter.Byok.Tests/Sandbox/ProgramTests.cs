using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class ProgramTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_program_prints_its_address_and_ends_with_its_input()
    {
        using var program = Start("--seed", "3", "--management-key", "sk-or-v1-mine", "--until-stdin-closes");
        var output = program.StandardOutput.ReadToEndAsync(Cancellation);
        program.StandardInput.Close();
        await program.WaitForExitAsync(Cancellation);

        Assert.Equal(0, program.ExitCode);
        Assert.Matches(@"^Listening on http://127\.0\.0\.1:\d+/api/v1 with 3 keys", await output);
        Assert.Contains("export OPENROUTER_MANAGEMENT_KEY='sk-or-v1-mine'", await output, StringComparison.Ordinal);
        Assert.Contains("$env:OPENROUTER_BASE_URL = 'http://127.0.0.1:", await output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_process_sets_faults_and_reads_the_store()
    {
        using var program = Start("--seed", "2", "--management-key", "K", "--fault", "List:Status(500)x1", "--until-stdin-closes", "--quiet");
        var address = new Uri((await program.StandardOutput.ReadLineAsync(Cancellation))! + "/byok");
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", "K") } };

        Assert.Equal(HttpStatusCode.InternalServerError, (await http.GetAsync(address, Cancellation)).StatusCode);
        await PostAsync("faults", """["Create:LateCommit(3600000)&StatusAfterCommit(502)x1"]""");
        await PostAsync("latency", """{"milliseconds":1,"jitter":1}""");
        using var body = new StringContent("""{"provider":"openai","key":"sk-created-0123456789"}""", new MediaTypeHeaderValue("application/json"));
        Assert.Equal(HttpStatusCode.BadGateway, (await http.PostAsync(address, body, Cancellation)).StatusCode);

        var status = await GetAsync("status");
        Assert.Equal((2, 1, 1), (Int(status, "keys"), Int(status, "pending"), Int(status.GetProperty("faults")[0], "applied")));
        await PostAsync("pending", "");
        var keys = await GetAsync("keys");
        Assert.Equal((3, "sk-created-0123456789"), (keys.GetArrayLength(), keys[2].GetProperty("key").GetString()));
        var requests = await GetAsync("requests");
        Assert.Equal((2, 502, "Bearer K"), (requests.GetArrayLength(), Int(requests[1], "status"), requests[1].GetProperty("headers").GetProperty("Authorization").GetString()));

        await PostAsync("shape", """{"extra_fields":{"brand_new":1},"left_out":["label"],"newest_first":true}""");
        var page = JsonElement.Parse(await http.GetStringAsync(address, Cancellation));
        Assert.Equal((1, keys[2].GetProperty("id").GetString()), (Int(page, "brand_new"), page.GetProperty("data")[0].GetProperty("id").GetString()));
        Assert.False(page.GetProperty("data")[0].TryGetProperty("label", out _));
        await PostAsync("rate", """{"requests_per_second":1}""");
        await PostAsync("reset", """{"seed":7}""");
        Assert.Equal((7, 0), (Int(await GetAsync("status"), "keys"), Int(await GetAsync("status"), "requests")));
        await PostAsync("faults", """["Nonsense"]""", HttpStatusCode.BadRequest);

        program.StandardInput.Close();
        await program.WaitForExitAsync(Cancellation);

        async Task PostAsync(string path, string json, HttpStatusCode expected = HttpStatusCode.OK)
        {
            using var response = await http.PostAsync(new Uri(address, $"/_sandbox/{path}"), new StringContent(json), Cancellation);
            Assert.Equal(expected, response.StatusCode);
        }

        async Task<JsonElement> GetAsync(string path) => JsonElement.Parse(await http.GetStringAsync(new Uri(address, $"/_sandbox/{path}"), Cancellation));

        static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();
    }

    [Theory]
    [InlineData("--help", 0, "--seed N")]
    [InlineData("--nonsense", 2, "--nonsense")]
    [InlineData("--fault Nonsense", 2, "no fault rule")]
    [InlineData("--seed many", 2, "--seed")]
    public async Task It_explains_itself(string arguments, int exitCode, string text)
    {
        using var program = Start(arguments.Split(' '));
        var (output, errors) = (program.StandardOutput.ReadToEndAsync(Cancellation), program.StandardError.ReadToEndAsync(Cancellation));
        await program.WaitForExitAsync(Cancellation);

        Assert.Equal(exitCode, program.ExitCode);
        Assert.Contains(text, exitCode == 0 ? await output : await errors, StringComparison.Ordinal);
    }

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "OpenRouter.Byok.Sandbox.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
