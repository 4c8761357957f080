namespace OpenRouter.Byok.Sandbox;

/// <summary>Which operation a request line asks for.</summary>
internal readonly record struct ApiRoute(ApiOperation Operation, string Path, string Query, string? Id, string? Allow)
{
    internal const string BasePath = "/api/v1";

    /// <summary>
    /// Reads the raw request target, not the path that the server has decoded and tidied up: an id that
    /// contains <c>..</c> or <c>%2F</c> must not turn into another operation unnoticed.
    /// </summary>
    internal static ApiRoute Parse(string method, string target)
    {
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? target : target[..question];
        var query = question < 0 ? "" : target[(question + 1)..];
        var rest = path.StartsWith(BasePath + "/", StringComparison.Ordinal) ? path.AsSpan(BasePath.Length) : default;
        if (rest.SequenceEqual("/byok"))
        {
            return method switch
            {
                "GET" => new(ApiOperation.List, path, query, null, null),
                "POST" => new(ApiOperation.Create, path, query, null, null),
                _ => new(ApiOperation.Unknown, path, query, null, "GET, POST"),
            };
        }

        if (rest.SequenceEqual("/workspaces"))
        {
            return method == "GET"
                ? new(ApiOperation.ListWorkspaces, path, query, null, null)
                : new(ApiOperation.Unknown, path, query, null, "GET");
        }

        if (rest.StartsWith("/byok/") && rest["/byok/".Length..] is { Length: > 0 } id && !id.Contains('/'))
        {
            return method switch
            {
                "GET" => new(ApiOperation.Get, path, query, id.ToString(), null),
                "PATCH" => new(ApiOperation.Update, path, query, id.ToString(), null),
                "DELETE" => new(ApiOperation.Delete, path, query, id.ToString(), null),
                _ => new(ApiOperation.Unknown, path, query, id.ToString(), "GET, PATCH, DELETE"),
            };
        }

        return new(ApiOperation.Unknown, path, query, null, null);
    }
}
