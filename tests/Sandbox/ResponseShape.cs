namespace OpenRouter.Byok.Sandbox;

/// <summary>How answers depart from what the API promises.</summary>
public sealed record ResponseShape
{
    /// <summary>Just as the API promises.</summary>
    public static ResponseShape Faithful { get; } = new();

    /// <summary>Fields to add to every object, by name, as JSON text: <c>["new_field"] = "{\"a\":1}"</c>.</summary>
    public IReadOnlyDictionary<string, string> ExtraFields { get; init; } = new Dictionary<string, string>();

    /// <summary>Fields to leave out of every object.</summary>
    public IReadOnlySet<string> LeftOutFields { get; init; } = new HashSet<string>();

    /// <summary>Repeats in every page its own first key and the last of the page before.</summary>
    public bool DuplicateIds { get; init; }

    /// <summary>Fields whose values are replaced wherever they appear, by name, as JSON text: <c>["total_count"] = "1e30"</c>.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>The most records on a page, whatever limit a request names.</summary>
    public int MaximumPage { get; init; } = int.MaxValue;

    /// <summary>Answers with the data of another key.</summary>
    public bool AnotherKey { get; init; }

    /// <summary>Moves a record in the list order after each request.</summary>
    public ListMove Move { get; init; }

    /// <summary>How many lists <c>total_count</c> lags behind.</summary>
    public int TotalCountLag { get; init; }

    /// <summary>By how much <c>total_count</c> is wrong.</summary>
    public int TotalCountDelta { get; init; }

    /// <summary>Puts escape sequences, line breaks and other control characters into names, labels and messages.</summary>
    public bool ControlCharacters { get; init; }

    /// <summary>Repeats the body and the authorization of a request in errors, in their headers and in redirects.</summary>
    public bool EchoRequest { get; init; }

    /// <summary>Answers a listing with this JSON text instead; null from the function means as usual.</summary>
    public Func<ReceivedRequest, string?>? PagePayload { get; init; }

    internal bool KeepsKeysFaithful => ExtraFields.Count == 0 && Values.Count == 0 && LeftOutFields.Count == 0 && !ControlCharacters;
}
