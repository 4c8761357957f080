using System.Text.Json.Nodes;

namespace OpenRouter.Byok.Sandbox;

/// <summary>A workspace of the account.</summary>
public sealed record SandboxWorkspace(Guid Id, string Name, string Slug, DateTimeOffset CreatedAt)
{
    /// <summary>The object that the API shows.</summary>
    internal JsonObject ToJson()
    {
        var workspace = ApiDescription.Defaults("Workspace");
        workspace["id"] = Id.ToString();
        workspace["default_guardrail_id"] = Id.ToString();
        workspace["name"] = Name;
        workspace["slug"] = Slug;
        workspace["created_at"] = SandboxJson.Timestamp(CreatedAt);
        return workspace;
    }
}
