using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace OpenRouter.Byok.Tests.StandIn;

public sealed class ProgramTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_program_prints_its_address_and_ends_with_its_input()
    {
        using var program = Start("--seed", "3", "--management-key", "sk-or-v1-mine", "--until-stdin-closes");
        var output = new List<string>();
        while (output.Count < 9 && await program.StandardOutput.ReadLineAsync(Cancellation) is { } line)
        {
            output.Add(line.Trim());
        }

        Assert.Matches(@"^Listening on http://127\.0\.0\.1:\d+/api/v1 with 3 keys", output[0]);
        Assert.Contains("export OPENROUTER_MANAGEMENT_KEY='sk-or-v1-mine'", output);
        Assert.Contains("$env:OPENROUTER_MANAGEMENT_KEY = 'sk-or-v1-mine'", output);
        Assert.Contains(output, line => line.StartsWith("$env:OPENROUTER_BASE_URL = 'http://127.0.0.1:", StringComparison.Ordinal));

        program.StandardInput.Close();
        await program.WaitForExitAsync(Cancellation);
        Assert.Equal(0, program.ExitCode);
    }

    [Fact]
    public async Task Another_process_arranges_faults_and_looks_into_the_store()
    {
        using var program = Start("--seed", "2", "--management-key", "K", "--fault", "List:Status(500)x1", "--until-stdin-closes", "--quiet");
        var address = (await program.StandardOutput.ReadLineAsync(Cancellation))!;
        var root = new Uri(new Uri(address), "/_sandbox/");
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "K");

        Assert.Equal(HttpStatusCode.InternalServerError, (await http.GetAsync(new Uri(address + "/byok"), Cancellation)).StatusCode);
        await PostAsync("faults", """["Create:StatusAfterCommit(502)x1"]""");
        await PostAsync("latency", """{"milliseconds":1}""");
        var body = new { provider = "openai", key = "sk-created-0123456789" };
        Assert.Equal(HttpStatusCode.BadGateway, (await http.PostAsJsonAsync(new Uri(address + "/byok"), body, Cancellation)).StatusCode);

        var keys = await http.GetFromJsonAsync<JsonElement>(new Uri(root, "keys"), Cancellation);
        Assert.Equal(3, keys.GetArrayLength());
        Assert.Equal("sk-created-0123456789", keys[2].GetProperty("key").GetString());
        var requests = await http.GetFromJsonAsync<JsonElement>(new Uri(root, "requests"), Cancellation);
        Assert.Equal(2, requests.GetArrayLength());
        Assert.Equal(502, requests[1].GetProperty("status").GetInt32());
        Assert.Equal("Bearer K", requests[1].GetProperty("headers").GetProperty("Authorization").GetString());

        await PostAsync("shape", """{"extra_fields":{"brand_new":1},"left_out":["label"]}""");
        Assert.Contains("\"brand_new\":1", await http.GetStringAsync(new Uri(address + "/byok"), Cancellation), StringComparison.Ordinal);
        await PostAsync("rate", """{"requests_per_second":1}""");
        await PostAsync("reset", """{"seed":7}""");
        var status = await http.GetFromJsonAsync<JsonElement>(new Uri(root, "status"), Cancellation);
        Assert.Equal((7, 0), (status.GetProperty("keys").GetInt32(), status.GetProperty("requests").GetInt32()));
        using var wrong = await http.PostAsync(new Uri(root, "faults"), new StringContent("""["Nonsense"]"""), Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);

        program.StandardInput.Close();
        await program.WaitForExitAsync(Cancellation);

        async Task PostAsync(string path, string json)
        {
            using var response = await http.PostAsync(new Uri(root, path), new StringContent(json), Cancellation);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("--help", 0, "--latency MS")]
    [InlineData("--nonsense", 2, "--nonsense")]
    [InlineData("--fault Nonsense", 2, "no fault rule")]
    [InlineData("--seed many", 2, "--seed")]
    public async Task It_explains_itself(string arguments, int exitCode, string text)
    {
        using var program = Start(arguments.Split(' '));
        var output = program.StandardOutput.ReadToEndAsync(Cancellation);
        var errors = program.StandardError.ReadToEndAsync(Cancellation);
        await program.WaitForExitAsync(Cancellation);

        Assert.Equal(exitCode, program.ExitCode);
        Assert.Contains(text, exitCode == 0 ? await output : await errors, StringComparison.Ordinal);
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "OpenRouter.Byok.Sandbox.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }
}
