namespace OpenRouter.Byok.Client;

/// <summary>What the retry pipeline knows of a request.</summary>
internal sealed record RetriedRequest(RequestState State, bool IsCreate, IByokTrace? Trace);
