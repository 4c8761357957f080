using System.Diagnostics;
using System.Text;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>A process that runs one command for each line, and responds to each with one line.</summary>
internal sealed class ProbeProcess : IAsyncDisposable
{
    private const byte Mask = 0x5A;

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private ProbeProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, said) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(said.Data);
            }
        };
        process.BeginErrorReadLine();
    }

    internal int Id => _process.Id;

    /// <summary>Starts the program that uses the library as the module does.</summary>
    internal static ProbeProcess Start(IReadOnlyDictionary<string, string>? environment = null) =>
        Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "OpenRouter.Byok.MemoryProbe" + (OperatingSystem.IsWindows() ? ".exe" : string.Empty))), environment);

    internal static ProbeProcess Start(ProcessStartInfo start, IReadOnlyDictionary<string, string>? environment = null)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment["TERM"] = "dumb";
        foreach (KeyValuePair<string, string> variable in environment ?? new Dictionary<string, string>())
        {
            start.Environment[variable.Key] = variable.Value;
        }

        return new ProbeProcess(Process.Start(start)!);
    }

    /// <summary>A secret in a form in which it cannot be found in memory.</summary>
    internal static string Masked(string secret) => Convert.ToHexString(
        [.. Encoding.BigEndianUnicode.GetBytes(secret).Select(part => (byte)(part ^ Mask))]);

    internal async Task<string> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        string? answer = await _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        lock (_errors)
        {
            return answer ?? throw new InvalidOperationException($"The process ended: {_errors}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
