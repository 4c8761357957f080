namespace OpenRouter.Byok.Sandbox;

/// <summary>A request that the API refuses.</summary>
internal sealed class ApiException(int status, string message) : Exception(message)
{
    internal int Status { get; } = status;
}
