using System.Globalization;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>A piece of work that every contestant does.</summary>
/// <param name="Kind">list, get, rotate, sync, create or delete.</param>
/// <param name="Keys">How many keys it is about.</param>
/// <param name="Latency">How long the server takes for each request, in milliseconds.</param>
/// <param name="Concurrency">How many requests may be under way at once.</param>
/// <param name="Contestants">Who takes part, by key.</param>
internal sealed record Work(string Kind, int Keys, int Latency, int Concurrency, params IReadOnlyList<string> Contestants)
{
    /// <summary>The most keys that a page holds.</summary>
    internal const int PageSize = 100;

    /// <summary>How many of the rows of a sync differ from what is stored.</summary>
    internal const int Differing = 10;

    /// <summary>What makes it harder.</summary>
    internal Conditions Conditions { get; init; } = Conditions.None;

    /// <summary>The most rounds: fewer where one takes a minute.</summary>
    internal int MostRounds { get; init; } = int.MaxValue;

    internal string Title => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kind} {Keys:N0} keys{(Kind == "sync" ? $" of which {Differing} differ" : "")} at {Latency} ms, concurrency {Concurrency}{Conditions.Title}");

    /// <summary>What the round trips take that cannot be avoided at this concurrency, in milliseconds; 0 where the server takes no time.</summary>
    internal double RoundTrips
    {
        get
        {
            int pages = Pages(Keys);
            int trips = Kind switch
            {
                // The first page tells how many there are.
                "list" => 1 + Ceiling(pages - 1),
                "delete" => 1 + Ceiling(Keys),
                "sync" => 1 + Ceiling(pages - 1) + Ceiling(Differing),
                _ => Ceiling(Keys),
            };

            // What the server refuses is asked again; of what it admits, a second's worth comes at once.
            double requests = Keys / (1 - Conditions.Refused);
            double admitting = Conditions.RequestsPerSecond > 0 ? 1000 * ((requests / Conditions.RequestsPerSecond) - 1) : 0;
            return Math.Max(trips * (double)Latency, admitting);
        }
    }

    /// <summary>The outcome of the whole work.</summary>
    internal string Done => Kind switch
    {
        "list" or "get" => string.Create(CultureInfo.InvariantCulture, $"{Keys:N0} keys"),
        "delete" => "0 left behind",
        "sync" => string.Create(CultureInfo.InvariantCulture, $"{Keys:N0} as listed"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Keys:N0} {Kind}d"),
    };

    /// <summary>What is in the account at the start.</summary>
    internal int Seed => Kind == "create" ? 0 : Keys;

    internal static int Pages(int keys) => (keys + PageSize - 1) / PageSize;

    /// <summary>Whether the work is about the ids of the keys that are there.</summary>
    internal bool NeedsKeys => Kind is "rotate" or "get" or "sync";

    internal Order OrderFor(string contestant, int round, IReadOnlyList<(string Id, string? Name, string? Key)> keys) => new(
        $"{Kind}/{contestant}",
        Concurrency,
        Keys,
        Kind switch
        {
            "rotate" => [.. keys.Select((key, at) => new Row(RawKey(contestant, round, at), Id: key.Id))],
            "get" => [.. keys.Select(key => new Row(null, Id: key.Id))],
            "sync" => [.. keys.Select((key, at) => new Row(null, Id: key.Id, Name: at % (Keys / Differing) == 0 ? $"{contestant}-{round}-{at}" : key.Name))],
            "create" => [.. Enumerable.Range(0, Keys).Select(at => new Row(RawKey(contestant, round, at), Provider: "openai", Name: $"{contestant}-{round}-{at}"))],
            _ => [],
        });

    /// <summary>What the server should hold afterwards.</summary>
    private static string RawKey(string contestant, int round, int at) =>
        string.Create(CultureInfo.InvariantCulture, $"sk-{contestant}-{round:D3}-{at:D6}-0123456789");

    private int Ceiling(int requests) => (requests + Concurrency - 1) / Concurrency;
}
