using System.Text.Json.Nodes;

namespace OpenRouter.Byok.Tests.Pester;

/// <summary>How a command of the DSC resource ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">The standard output.</param>
/// <param name="Errors">The standard error.</param>
internal sealed record DscRun(int ExitCode, string Output, string Errors)
{
    /// <summary>The JSON lines of the standard output.</summary>
    internal IReadOnlyList<JsonNode> Lines => [.. Parse(Output)];

    /// <summary>The messages of the standard error at a level; fails if a line is not a message.</summary>
    internal IReadOnlyList<string> Messages(string level) =>
        [.. Parse(Errors).Select(line => Assert.Single(line.AsObject())).Where(message => message.Key == level).Select(message => (string)message.Value!)];

    /// <summary>The only line of a command that succeeded.</summary>
    internal JsonObject State()
    {
        Assert.True(ExitCode == 0, Output + Errors);
        return Assert.Single(Lines).AsObject();
    }

    /// <summary>The message of a command that failed with this exit code and returned nothing.</summary>
    internal string FailedWith(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"Exit code {ExitCode}: {Output}{Errors}");
        Assert.Empty(Output);
        return Assert.Single(Messages("error"));
    }

    private static IEnumerable<JsonNode> Parse(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => JsonNode.Parse(line)!);
}
