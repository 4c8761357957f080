namespace OpenRouter.Byok.Sandbox;

/// <summary>What the API would answer: faults may distort it on its way out.</summary>
internal sealed record ApiResponse(int Status, byte[] Body, string? Allow = null);
