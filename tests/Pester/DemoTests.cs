using System.Diagnostics;

namespace OpenRouter.Byok.Tests.Pester;

/// <summary>The demonstration runs to its end in a real PowerShell and does what it shows.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task It_plays_in_PowerShell_also_where_none_is_on_the_PATH()
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "OpenRouter.Byok.Demo" + (OperatingSystem.IsWindows() ? ".exe" : string.Empty)))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = string.Empty;
        start.Environment["NO_COLOR"] = "1";
        using Process demo = Process.Start(start)!;
        demo.StandardInput.Close();
        Task<string> output = demo.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = demo.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        try
        {
            await demo.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!demo.HasExited)
            {
                demo.Kill(entireProcessTree: true);
            }
        }

        string all = await output + await errors;
        Assert.True(demo.ExitCode == 0, all);
        Assert.Contains("PS> Import-Csv ./rotation.csv | Set-ByokKey", all, StringComparison.Ordinal);
        Assert.Contains("What if: ", all, StringComparison.Ordinal);
        Assert.Contains("ByokNotFound,OpenRouter.Byok.Cmdlets.GetByokKeyCommand", all, StringComparison.Ordinal);
        Assert.Contains("50 changes, 50 of them with nothing but a new key", all, StringComparison.Ordinal);
        Assert.Contains("It holds 50 rotated keys of 120.", all, StringComparison.Ordinal);
    }
}
