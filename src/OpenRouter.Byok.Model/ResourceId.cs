namespace OpenRouter.Byok;

/// <summary>The id of a key or a workspace: only a UUID, so that no other text can change the URL of a request.</summary>
internal static class ResourceId
{
    /// <summary>Whether a text has the form of an id.</summary>
    internal static bool IsId(string? text) => Guid.TryParseExact(text, "D", out _);

    /// <summary>The id.</summary>
    /// <exception cref="ByokApiException">The text is not an id.</exception>
    internal static string Check(string? text, string what = "key") => IsId(text) ? text! : throw Wrong(text, what);

    /// <summary>The error for a text that is not an id.</summary>
    internal static ByokApiException Wrong(string? text, string what = "key", string place = "") => new(
        ByokErrorKind.BadRequest,
        $"{place}'{ShownText.Shorten(text ?? string.Empty)}' is not the id of a {what}: an id is a UUID such as 11111111-2222-3333-4444-555555555555. Nothing was sent.");

    /// <summary>A text that was given as an id, safe to show: an id, or only the beginning of what may be a key.</summary>
    internal static string? Show(string? text) => text is null || IsId(text) ? text : ShownText.Shorten(text);
}
