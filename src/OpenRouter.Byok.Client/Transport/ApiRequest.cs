using System.Text.Json;

namespace OpenRouter.Byok.Client;

/// <summary>One request to the API, with everything that its attempts have in common.</summary>
internal sealed record ApiRequest<TResult>
{
    /// <summary>What the request does, for messages: <c>Listing keys</c>.</summary>
    internal required string Operation { get; init; }

    internal required HttpMethod Method { get; init; }

    /// <summary>Path and query below the base address, with all data escaped.</summary>
    internal required string Path { get; init; }

    /// <summary>Reads the result from a response; throws if it is not a response of the API.</summary>
    internal required Func<JsonElement, TResult> Read { get; init; }

    /// <summary>
    /// What shows that a result belongs to another request (<c>it has the id ...</c>); <see langword="null"/> if nothing
    /// does. The connection is then closed, since the responses on it are no longer in the order of the requests.
    /// </summary>
    internal Func<TResult, string?>? FindMismatch { get; init; }

    internal RequestBody? Body { get; init; }

    /// <summary>The raw key in the body, so that an echo of it is recognised.</summary>
    internal UnmanagedSecret? RawKey { get; init; }

    /// <summary>Whether the request creates something, so that it is not repeated while its outcome is unknown.</summary>
    internal bool IsCreate { get; init; }

    /// <summary>Receives each attempt and each wait.</summary>
    internal IByokTrace? Trace { get; init; }
}
