using System.Text.Json.Nodes;

namespace OpenRouter.Byok.Sandbox;

/// <summary>Where in the list order a record is moved.</summary>
public enum ListMove
{
    None,

    /// <summary>The key of the request, or the last key of a list.</summary>
    ToStart,

    /// <summary>The key of the request, or the first key of a list.</summary>
    ToEnd,
}

/// <summary>How responses differ from what the API promises.</summary>
public sealed record ResponseShape
{
    // Clears a screen, sets a window title, paints red, rings, overwrites the line, reverses the reading direction.
    private const string Hostile = "\u001b[2J\u001b]0;owned\u0007\u001b[31mred\r\n\b\0\u009b1m\u202eleft\u2028";

    /// <summary>Exactly as the API promises.</summary>
    public static ResponseShape Faithful { get; } = new();

    /// <summary>Fields added to every object, by name, as JSON text: <c>["new_field"] = "{\"a\":1}"</c>.</summary>
    public IReadOnlyDictionary<string, string> ExtraFields { get; init; } = new Dictionary<string, string>();

    /// <summary>Fields removed from every object.</summary>
    public IReadOnlyCollection<string> LeftOutFields { get; init; } = [];

    /// <summary>Fields with another value wherever they appear, by name, as JSON text: <c>["total_count"] = "1e30"</c>.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>Repeats in every page its own first key and the last key of the page before.</summary>
    public bool DuplicateIds { get; init; }

    /// <summary>The most records on a page, whatever the limit of the request.</summary>
    public int MaximumPage { get; init; } = int.MaxValue;

    /// <summary>Returns the data of another key.</summary>
    public bool AnotherKey { get; init; }

    /// <summary>Moves a record in the list order after each request.</summary>
    public ListMove Move { get; init; }

    /// <summary>By how much <c>total_count</c> is wrong.</summary>
    public int TotalCountDelta { get; init; }

    /// <summary>How many lists <c>total_count</c> lags behind.</summary>
    public int TotalCountLag { get; init; }

    /// <summary>Puts escape sequences, line breaks and other control characters into names, labels and messages.</summary>
    public bool ControlCharacters { get; init; }

    /// <summary>Repeats the body and the authorization of a request in errors, in their headers and in redirects.</summary>
    public bool EchoRequest { get; init; }

    internal bool ChangesFields => ExtraFields.Count > 0 || LeftOutFields.Count > 0 || Values.Count > 0 || ControlCharacters;

    internal string Prefix => ControlCharacters ? Hostile : "";

    /// <summary>Changes the fields of an object: a record, or a whole response.</summary>
    internal JsonObject Apply(JsonObject response)
    {
        foreach (var name in LeftOutFields)
        {
            response.Remove(name);
        }

        foreach (var (name, json) in Values.Where(value => response.ContainsKey(value.Key)).Concat(ExtraFields))
        {
            response[name] = JsonNode.Parse(json);
        }

        foreach (var name in new[] { "name", "label" }.Where(name => ControlCharacters && response.ContainsKey(name)))
        {
            response[name] = Hostile + response[name];
        }

        return response;
    }
}
