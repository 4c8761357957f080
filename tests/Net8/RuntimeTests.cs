using System.Reflection;
using System.Runtime.Versioning;
using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Tests;

/// <summary>The other tests here prove something about .NET 8 only if .NET 8 runs them.</summary>
public sealed class RuntimeTests
{
    [Fact]
    public void These_tests_run_on_NET_8_with_the_assemblies_that_PowerShell_7_loads()
    {
        Assert.Equal(8, Environment.Version.Major);
        Assert.Equal(".NETCoreApp,Version=v8.0", typeof(ByokClient).Assembly.GetCustomAttribute<TargetFrameworkAttribute>()!.FrameworkName);
    }
}
