namespace OpenRouter.Byok.Benchmarks;

/// <summary>One way to do a piece of work.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Key">How workers call it: the part of <see cref="Order.Work"/> after the slash.</param>
/// <param name="Worker">Who does it.</param>
internal sealed record Contestant(string Name, string Key, IWorker Worker)
{
    internal const string Module = "module";
    internal const string Before = "before";
    internal const string Loop = "loop";
    internal const string Reads = "reads";
    internal const string Http1 = "http1";
    internal const string Http2 = "http2";
    internal const string Core = "core";
    internal const string HttpClient = "httpclient";
    internal const string Rest = "rest";
    internal const string RestParallel = "parallel";
    internal const string Sdk = "sequential";
    internal const string SdkPool = "pool";
    internal const string Curl = "curl";
}
