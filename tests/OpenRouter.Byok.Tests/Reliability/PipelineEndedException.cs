namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>What PowerShell throws through a cmdlet to end it.</summary>
public sealed class PipelineEndedException : Exception
{
    /// <summary>Without more to say.</summary>
    public PipelineEndedException()
    {
    }

    /// <summary>With a message.</summary>
    public PipelineEndedException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and a cause.</summary>
    public PipelineEndedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
