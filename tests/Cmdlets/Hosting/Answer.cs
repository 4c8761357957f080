namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>The choices of a ShouldProcess prompt, in the order in which PowerShell offers them.</summary>
internal enum Answer
{
    Yes,
    YesToAll,
    No,
    NoToAll,
}
