using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using OpenRouter.Byok.PinnedPowerShell;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Pester;

/// <summary>
/// Calls the commands of the DSC resource as <c>dsc</c> does: it reads the manifest, checks the input against the schema,
/// runs the executable in the manifest's folder with the input on the standard input, and checks the output. Only the
/// executable <c>pwsh</c> is replaced by the PowerShell of the tests; with a host, the script runs in the host's PowerShell.
/// </summary>
internal sealed class DscResource(SandboxServer server, DscHost? host)
{
    /// <summary>The folder of the manifest in the module.</summary>
    internal static string Folder { get; } = Path.Combine(BuiltPaths.Module, "Dsc");

    /// <summary>The manifest.</summary>
    internal static JsonObject Manifest { get; } = JsonNode.Parse(File.ReadAllText(Assert.Single(Directory.GetFiles(Folder, "*.dsc.resource.json"))))!.AsObject();

    private static JsonSchema Schema { get; } = JsonSchema.Build(
        JsonSerializer.SerializeToElement(Manifest["schema"]!["embedded"]), new BuildOptions { SchemaRegistry = new() });

    /// <summary>Environment variables in addition to those of the connection.</summary>
    internal Dictionary<string, string?> Environment { get; } = new()
    {
        ["OPENROUTER_BASE_URL"] = server.BaseUri.AbsoluteUri,
        ["OPENROUTER_MANAGEMENT_KEY"] = server.ManagementKey,
    };

    /// <summary>The parts of an instance that do not fit the schema of the resource.</summary>
    internal static IReadOnlyList<string> Problems(JsonNode? instance)
    {
        EvaluationResults results = Schema.Evaluate(JsonSerializer.SerializeToElement(instance), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return results.IsValid ? [] : [.. (results.Details ?? []).Append(results).SelectMany(result => result.Errors ?? []).Select(error => $"{error.Key}: {error.Value}")];
    }

    internal async Task<JsonObject> GetAsync(string input) => Checked(await RunAsync("get", input)).State();

    internal async Task<JsonObject> SetAsync(string input) => Checked(await RunAsync("set", input)).State();

    /// <summary>Whether the state is as desired, with the properties that are not.</summary>
    internal async Task<(bool IsInDesiredState, string[] Differing)> TestAsync(string input)
    {
        DscRun run = await RunAsync("test", input);
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Equal(2, run.Lines.Count);
        Assert.Empty(Problems(run.Lines[0]));
        string[] differing = [.. run.Lines[1].AsArray().Select(name => (string)name!)];
        Assert.Equal(differing.Distinct(), differing);
        Assert.All(differing, name => Assert.True(Manifest["schema"]!["embedded"]!["properties"]!.AsObject().ContainsKey(name) && name != "_inDesiredState", name));
        return ((bool)run.Lines[0]["_inDesiredState"]!, differing);
    }

    internal async Task<IReadOnlyList<JsonNode>> ExportAsync(string? input = null)
    {
        DscRun run = Checked(await RunAsync("export", input));
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        return run.Lines;
    }

    /// <summary>What <c>dsc config set</c> does for one instance: nothing if the test succeeds. Returns whether it was set.</summary>
    internal async Task<bool> EnforceAsync(string input)
    {
        Assert.Empty(Problems(JsonNode.Parse(input)));
        if ((await TestAsync(input)).IsInDesiredState)
        {
            return false;
        }

        await GetAsync(input);
        await SetAsync(input);
        return true;
    }

    /// <summary>Runs a command of the manifest.</summary>
    internal async Task<DscRun> RunAsync(string operation, string? input)
    {
        JsonObject command = Manifest[operation]!.AsObject();
        Assert.Equal(("pwsh", "stdin"), ((string?)command["executable"], (string?)command["input"]));
        if (host is not null)
        {
            return await host.RunAsync(operation, input, Environment, TestContext.Current.CancellationToken);
        }

        ProcessStartInfo start = PowerShellProgram.StartInfo(command["args"]!.AsArray().Select(argument => (string)argument!));
        start.WorkingDirectory = Folder;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardInputEncoding = start.StandardOutputEncoding = start.StandardErrorEncoding = new UTF8Encoding(false);
        SetEnvironment(start, Environment);
        using Process process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            return new DscRun(process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Sets the variables, and prevents the use of a real account of the user.</summary>
    internal static void SetEnvironment(ProcessStartInfo start, IReadOnlyDictionary<string, string?> environment)
    {
        foreach (string variable in start.Environment.Keys.Where(name => name.StartsWith("OPENROUTER_", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(variable);
        }

        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }
    }

    private static DscRun Checked(DscRun run)
    {
        Assert.All(run.Lines, line => Assert.Empty(Problems(line)));
        return run;
    }
}
