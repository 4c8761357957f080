using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenRouter.Byok.PinnedPowerShell;

namespace OpenRouter.Byok.Tests.Pester;

/// <summary>One PowerShell that runs the script of the DSC resource for the tests of a class, one call after the other.</summary>
public sealed class DscHost : IAsyncLifetime
{
    private Process _process = null!;

    public ValueTask InitializeAsync()
    {
        ProcessStartInfo start = PowerShellProgram.StartInfo(
            "-NoLogo", "-NoProfile", "-NonInteractive", "-File", Path.Combine(BuiltPaths.PesterFiles, "DscHost.ps1"), Path.Combine(DscResource.Folder, "Invoke-KeyResource.ps1"));
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        start.StandardInputEncoding = start.StandardOutputEncoding = new UTF8Encoding(false);
        DscResource.SetEnvironment(start, new Dictionary<string, string?>());
        _process = Process.Start(start)!;
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>Runs the script for an operation, with these environment variables.</summary>
    internal async Task<DscRun> RunAsync(string operation, string? input, IReadOnlyDictionary<string, string?> environment, CancellationToken cancellationToken)
    {
        string call = JsonSerializer.Serialize(new { operation, input = input ?? string.Empty, environment });
        await _process.StandardInput.WriteLineAsync(call.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        string? line = await _process.StandardOutput.ReadLineAsync(cancellationToken);
        JsonNode answer = JsonNode.Parse(line ?? throw new InvalidOperationException("The PowerShell of the DSC resource has ended."))!;
        return new DscRun((int)answer["exitCode"]!, (string)answer["output"]!, (string)answer["errors"]!);
    }
}
