namespace OpenRouter.Byok.Tests;

/// <summary>What the engine does when an error ends a command: it leaves the cmdlet by an exception.</summary>
internal sealed class CommandEndedException : Exception
{
    public CommandEndedException()
        : base("The command ended.")
    {
    }

    public CommandEndedException(string message)
        : base(message)
    {
    }

    public CommandEndedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
