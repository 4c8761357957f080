namespace OpenRouter.Byok.Benchmarks;

/// <summary>A process that does work with one client, warm from round to round.</summary>
internal interface IWorker : IAsyncDisposable
{
    Task<Answer> DoAsync(Order order);
}
