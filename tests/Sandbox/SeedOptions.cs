namespace OpenRouter.Byok.Sandbox;

/// <summary>How keys are seeded; the same options give the same keys.</summary>
public sealed record SeedOptions
{
    /// <summary>The providers, in turn.</summary>
    public IReadOnlyList<string> Providers { get; init; } =
        ["openai", "anthropic", "azure", "amazon-bedrock", "google-vertex", "mistral", "groq", "deepseek"];

    /// <summary>The workspaces, in turn; empty means the default workspace alone.</summary>
    public IReadOnlyList<Guid> WorkspaceIds { get; init; } = [];

    /// <summary>Every n-th key is global; 0 means none is.</summary>
    public int GlobalEvery { get; init; }

    /// <summary>Every n-th key has no name; 0 means each has one.</summary>
    public int NamelessEvery { get; init; }
}
