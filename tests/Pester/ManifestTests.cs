using System.Diagnostics;

namespace OpenRouter.Byok.Tests.Pester;

/// <summary>The manifest that the build lays out names the project's address as soon as there is one.</summary>
public sealed class ManifestTests
{
    [Theory]
    [InlineData("")]
    [InlineData("https://localhost/project")]
    public async Task The_address_of_the_project_comes_from_one_property(string address)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("byok-manifest-");
        try
        {
            string project = Path.Combine(BuiltPaths.PesterFiles, "..", "..", "src", "OpenRouter.Byok", "OpenRouter.Byok.csproj");
            var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
            {
                ArgumentList =
                {
                    "msbuild", Path.GetFullPath(project), "-target:LayOutManifest", "-property:TargetFramework=net8.0", "-nodeReuse:false",
                    $"-property:ModuleOutput={folder.FullName}/", $"-property:ModuleProjectUri={address}",
                },
                RedirectStandardOutput = true,
            };
            using Process build = Process.Start(start)!;
            string output = await build.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await build.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(build.ExitCode == 0, output);

            string manifest = await File.ReadAllTextAsync(Path.Combine(folder.FullName, "OpenRouter.Byok.psd1"), TestContext.Current.CancellationToken);
            Assert.Equal(address.Length > 0, manifest.Contains($"ProjectUri   = '{address}'", StringComparison.Ordinal));
            Assert.Equal(address.Length > 0, manifest.Contains("LicenseUri", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
