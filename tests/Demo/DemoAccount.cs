using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Demo;

/// <summary>A typical account: some providers, some teams, some disabled keys.</summary>
internal static class DemoAccount
{
    internal const int Keys = 120;

    private static readonly string[] s_providers = ["openai", "anthropic", "google-vertex", "azure", "amazon-bedrock", "mistral"];
    private static readonly string[] s_uses = ["prod", "staging", "eval", "search", "support"];

    internal static void Fill(SandboxStore store)
    {
        DateTimeOffset first = DateTimeOffset.UtcNow.AddDays(-2 * Keys);
        for (int number = 0; number < Keys; number++)
        {
            string provider = s_providers[number % s_providers.Length];
            string name = $"{s_uses[number / 2 % s_uses.Length]} {(number / 10) + 1:D2}";
            int day = 2 * number;
            bool isOff = number % 11 == 3;
            bool isFallback = number % 7 == 2;
            store.Add(provider, $"sk-{provider}-{Guid.NewGuid():N}", name, key => key with { CreatedAt = first.AddDays(day), Disabled = isOff, IsFallback = isFallback });
        }
    }
}
