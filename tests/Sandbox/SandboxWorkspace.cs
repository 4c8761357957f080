namespace OpenRouter.Byok.Sandbox;

/// <summary>A workspace of the account.</summary>
public sealed record SandboxWorkspace(Guid Id, string Name, string Slug, DateTimeOffset CreatedAt)
{
    /// <summary>What it is for.</summary>
    public string? Description { get; init; }
}
