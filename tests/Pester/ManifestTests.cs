using System.Diagnostics;
using OpenRouter.Byok.PinnedPowerShell;

namespace OpenRouter.Byok.Tests.Pester;

/// <summary>The built manifest has the project's URL if one is set.</summary>
public sealed class ManifestTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("https://localhost/project", "")]
    [InlineData("", "https://localhost/help/")]
    [InlineData("https://localhost/project", "https://localhost/help/")]
    public async Task Each_address_comes_from_one_property_and_is_left_out_while_that_is_empty(string project, string help)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("byok-manifest-");
        try
        {
            await LayOutAsync(folder, $"-property:ModuleProjectUri={project}", $"-property:ModuleHelpInfoUri={help}");
            IReadOnlyDictionary<string, string> manifest = await ReadAsync(folder);
            Assert.Equal(project.Length == 0 ? null : project, manifest.GetValueOrDefault("ProjectUri"));
            Assert.Equal(project.Length == 0 ? null : $"{project}/blob/main/LICENSE", manifest.GetValueOrDefault("LicenseUri"));
            Assert.Equal(help.Length == 0 ? null : help, manifest.GetValueOrDefault("HelpInfoURI"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task LayOutAsync(DirectoryInfo folder, params string[] properties)
    {
        string project = Path.Combine(BuiltPaths.PesterFiles, "..", "..", "src", "OpenRouter.Byok", "OpenRouter.Byok.csproj");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "msbuild", Path.GetFullPath(project), "-target:LayOutManifest", "-property:TargetFramework=net8.0", "-nodeReuse:false", $"-property:ModuleOutput={folder.FullName}/" },
            RedirectStandardOutput = true,
        };
        foreach (string property in properties)
        {
            start.ArgumentList.Add(property);
        }

        using Process build = Process.Start(start)!;
        string output = await build.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await build.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(build.ExitCode == 0, output);
    }

    /// <summary>The URLs in the manifest, as PowerShell reads them: a URL at a wrong position would not be found, or break the file.</summary>
    private static async Task<IReadOnlyDictionary<string, string>> ReadAsync(DirectoryInfo folder)
    {
        const string Script = "$manifest = & ([scriptblock]::Create((Get-Content $args[0] -Raw))); $manifest, $manifest.PrivateData.PSData | ForEach-Object GetEnumerator | Where-Object Key -Like '*Uri' | ForEach-Object { \"$($_.Key)=$($_.Value)\" }";
        string script = Path.Combine(folder.FullName, "read.ps1");
        await File.WriteAllTextAsync(script, Script, TestContext.Current.CancellationToken);
        ProcessStartInfo start = PowerShellProgram.StartInfo("-NoProfile", "-NonInteractive", "-File", script, Path.Combine(folder.FullName, "OpenRouter.Byok.psd1"));
        start.RedirectStandardOutput = true;
        using Process reading = Process.Start(start)!;
        string output = await reading.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await reading.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(reading.ExitCode == 0, output);
        return output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split('=', 2)).ToDictionary(static entry => entry[0], static entry => entry[1]);
    }
}
