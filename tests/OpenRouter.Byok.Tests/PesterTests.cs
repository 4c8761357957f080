namespace OpenRouter.Byok.Tests;

/// <summary>One half of the Pester files; see <see cref="PesterFiles"/>.</summary>
public sealed class PesterTests(ITestOutputHelper output) : PesterFiles(output)
{
    public static TheoryData<string> Files => Share(0);

    [Theory]
    [MemberData(nameof(Files))]
    public Task In_a_real_PowerShell(string file) => RunAsync(file);
}
