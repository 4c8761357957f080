using System.Security;

namespace OpenRouter.Byok;

/// <summary>A key to create. A missing field has the API's default.</summary>
public sealed record CreateByokKeyRequest
{
    /// <summary>The provider's slug (<c>provider</c>); any slug is sent.</summary>
    public required string Provider { get; init; }

    /// <summary>The raw key (<c>key</c>): one token, or the JSON document that the provider requires. The caller disposes it.</summary>
    public required SecureString Key { get; init; }

    /// <summary>The workspace of the key (<c>workspace_id</c>); if missing, the account's default workspace.</summary>
    public Optional<string> WorkspaceId { get; init; }

    /// <summary>The settings that an update can change too.</summary>
    public ByokKeySettings Settings { get; init; } = new();
}
