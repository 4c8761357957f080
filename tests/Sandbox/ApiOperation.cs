namespace OpenRouter.Byok.Sandbox;

/// <summary>The operations of the API, as fault rules and the request log name them.</summary>
public enum ApiOperation
{
    /// <summary>Anything that is not an operation of the API: an unknown path or method.</summary>
    Unknown,

    /// <summary><c>GET /byok</c>.</summary>
    List,

    /// <summary><c>GET /byok/{id}</c>.</summary>
    Get,

    /// <summary><c>POST /byok</c>.</summary>
    Create,

    /// <summary><c>PATCH /byok/{id}</c>.</summary>
    Update,

    /// <summary><c>DELETE /byok/{id}</c>.</summary>
    Delete,

    /// <summary><c>GET /workspaces</c>.</summary>
    ListWorkspaces,
}
