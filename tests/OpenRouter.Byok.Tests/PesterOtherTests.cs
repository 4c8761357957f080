namespace OpenRouter.Byok.Tests;

/// <summary>The other half of the Pester files; see <see cref="PesterFiles"/>.</summary>
public sealed class PesterOtherTests(ITestOutputHelper output) : PesterFiles(output)
{
    public static TheoryData<string> Files => Share(1);

    [Theory]
    [MemberData(nameof(Files))]
    public Task In_a_real_PowerShell(string file) => RunAsync(file);
}
