namespace OpenRouter.Byok.Client;

/// <summary>The data that the retry pipeline has about a request.</summary>
internal sealed record RetriedRequest(RequestState State, bool IsCreate, IByokTrace? Trace);
