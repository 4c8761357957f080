namespace OpenRouter.Byok.Tests;

/// <summary>What the engine does when an error ends a command: it leaves the cmdlet by an exception.</summary>
internal sealed class PipelineEndedException : Exception
{
    public PipelineEndedException()
        : base("The command ended.")
    {
    }

    public PipelineEndedException(string message)
        : base(message)
    {
    }

    public PipelineEndedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
