namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>A choice that the user was asked to make.</summary>
internal sealed record Prompt(string Caption, string Message, IReadOnlyList<string> Choices)
{
    /// <summary>The whole text that the user reads.</summary>
    internal string Text => $"{Caption}\n{Message}";
}
