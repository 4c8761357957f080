namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>A choice that the user was asked to make.</summary>
internal sealed record Prompt(string Caption, string Message, IReadOnlyList<string> Choices)
{
    /// <summary>All that the user reads.</summary>
    internal string Text => $"{Caption}\n{Message}";
}
