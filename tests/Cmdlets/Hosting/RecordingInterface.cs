using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>The user interface of <see cref="RecordingHost"/>. Streams are recorded by the engine, so they are not shown here.</summary>
internal sealed class RecordingInterface : PSHostUserInterface
{
    public override PSHostRawUserInterface? RawUI => null;

    internal Func<Prompt, Answer>? OnPrompt { get; set; }

    internal List<Prompt> Prompts { get; } = [];

    internal List<string> Lines { get; } = [];

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        var prompt = new Prompt(caption, message, [.. choices.Select(choice => choice.Label)]);
        Prompts.Add(prompt);
        return OnPrompt is { } answer ? (int)answer(prompt) : throw new InvalidOperationException($"The test has no answer to: {message}");
    }

    public override void Write(string value) => Lines.Add(value);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Lines.Add(value);

    public override void WriteLine(string value) => Lines.Add(value);

    public override void WriteDebugLine(string message)
    {
    }

    public override void WriteErrorLine(string value)
    {
    }

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
    }

    public override void WriteVerboseLine(string message)
    {
    }

    public override void WriteWarningLine(string message)
    {
    }

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
        throw new InvalidOperationException($"A value was asked for: {string.Join(", ", descriptions.Select(field => field.Name))}");

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        throw new NotSupportedException();

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        throw new NotSupportedException();

    public override string ReadLine() => throw new NotSupportedException();

    public override SecureString ReadLineAsSecureString() => throw new NotSupportedException();
}
