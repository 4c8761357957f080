using System.Globalization;
using System.Management.Automation.Host;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>A console without a screen: it records its output and answers prompts as the test specifies.</summary>
internal sealed class RecordingHost : PSHost
{
    private readonly RecordingInterface _interface = new();

    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => nameof(RecordingHost);

    public override PSHostUserInterface UI => _interface;

    public override Version Version { get; } = new(1, 0);

    /// <summary>Chooses an answer to each prompt. Unless a test sets it, a prompt fails the command.</summary>
    internal Func<Prompt, Answer>? OnPrompt
    {
        set => _interface.OnPrompt = value;
    }

    /// <summary>The prompts so far.</summary>
    internal List<Prompt> Prompts => _interface.Prompts;

    /// <summary>What was written to the host and not to a stream, such as the text of -WhatIf.</summary>
    internal List<string> Lines => _interface.Lines;

    public override void EnterNestedPrompt() => throw new NotSupportedException();

    public override void ExitNestedPrompt() => throw new NotSupportedException();

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }

    public override void SetShouldExit(int exitCode) => throw new NotSupportedException();
}
