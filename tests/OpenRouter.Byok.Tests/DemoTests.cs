using System.Diagnostics;

namespace OpenRouter.Byok.Tests;

/// <summary>The demonstration plays to its end and did what it shows, with and without PowerShell.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task It_plays_in_PowerShell()
    {
        Assert.SkipUnless(PesterRunner.WhatIsMissing is null, PesterRunner.WhatIsMissing ?? string.Empty);

        string said = await PlayAsync(Environment.GetEnvironmentVariable("PATH"));

        Assert.Contains("Import-Csv ./rotation.csv | Set-ByokKey", said, StringComparison.Ordinal);
        Assert.Contains("What if: ", said, StringComparison.Ordinal);
        Assert.Contains("ByokNotFound,OpenRouter.Byok.Cmdlets.GetByokKeyCommand", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_plays_without_PowerShell_and_says_how_to_get_it()
    {
        string said = await PlayAsync(path: string.Empty);

        Assert.Contains("https://aka.ms/powershell", said, StringComparison.Ordinal);
        Assert.Contains("50 rotated in ", said, StringComparison.Ordinal);
        Assert.Contains("NotFound: ", said, StringComparison.Ordinal);
    }

    private static async Task<string> PlayAsync(string? path)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "OpenRouter.Byok.Demo" + (OperatingSystem.IsWindows() ? ".exe" : string.Empty)))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = path;
        start.Environment["NO_COLOR"] = "1";
        using Process demo = Process.Start(start)!;
        demo.StandardInput.Close();
        Task<string> said = demo.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> complained = demo.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
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

        string all = await said + await complained;
        Assert.True(demo.ExitCode == 0, all);
        Assert.Contains("50 changes, 50 of them with nothing but a new key", all, StringComparison.Ordinal);
        Assert.Contains("It holds 50 rotated keys of 120.", all, StringComparison.Ordinal);
        return all;
    }
}
