using System.Runtime.Versioning;
using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Tests.Core;

public sealed class TargetTests
{
    /// <summary>These tests run twice; each run must use its own build of the assemblies.</summary>
    [Theory]
    [InlineData(typeof(ByokClient))]
    [InlineData(typeof(ByokKey))]
    public void The_tests_are_about_the_target_they_say(Type type)
    {
        string framework = type.Assembly.GetCustomAttributes(typeof(TargetFrameworkAttribute), inherit: false).Cast<TargetFrameworkAttribute>().Single().FrameworkName;
#if NETSTANDARD_ASSEMBLIES
        Assert.Equal(".NETStandard,Version=v2.0", framework);
#else
        Assert.Equal(".NETCoreApp,Version=v8.0", framework);
#endif
    }
}
