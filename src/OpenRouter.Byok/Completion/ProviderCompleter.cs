using System.Collections;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes provider slugs, those of the account's keys first. Others are sent too: the set is open.</summary>
public sealed class ProviderCompleter : Completer
{
    /// <summary>The slugs that the API's description lists (<c>BYOKProviderSlug</c>).</summary>
    internal static readonly string[] Slugs =
    [
        "ai21", "aion-labs", "akashml", "alibaba", "amazon-bedrock", "amazon-bedrock/claude-on-aws", "amazon-nova", "ambient", "anthropic",
        "anthropic/2", "arcee-ai", "assemblyai", "atlas-cloud", "avian", "azure", "baidu", "baseten", "black-forest-labs", "byteplus",
        "cerebras", "chutes", "cirrascale", "clarifai", "claude-on-aws", "cloudflare", "cohere", "coreweave", "cosine", "crusoe",
        "darkbloom", "databricks", "decart", "deepgram", "deepinfra", "deepseek", "dekallm", "digitalocean", "featherless", "fireworks",
        "fish-audio", "friendli", "gmicloud", "google-ai-studio", "google-vertex", "groq", "heygen", "inception", "inceptron",
        "inferact-vllm", "inference-net", "infermatic", "inflection", "io-net", "ionstream", "krea", "liquid", "makora", "mancer", "mara",
        "meta", "minimax", "mistral", "modal", "modelrun", "modular", "moonshotai", "morph", "near-ai", "nebius", "nex-agi", "nextbit",
        "novita", "nvidia", "ollama", "open-inference", "openai", "parasail", "perceptron", "perplexity", "phala", "poolside",
        "primeintellect", "quiver", "recraft", "reka", "relace", "runway", "sail-research", "sakana", "sakana-ai", "sambanova", "seed",
        "siliconflow", "sourceful", "stepfun", "streamlake", "switchpoint", "tencent", "tenstorrent", "thinkingmachines", "together",
        "typesafe", "unbiased", "upstage", "venice", "voyageai", "wafer", "wandb", "wandb-legacy", "xai", "xiaomi", "z-ai",
    ];

    private protected override IEnumerable<Candidate> Candidates(IDictionary boundParameters) =>
        AccountCache.Keys(boundParameters).Items
            .Select(static key => key.Provider!)
            .Where(static provider => !string.IsNullOrEmpty(provider))
            .OrderBy(static provider => provider, StringComparer.Ordinal)
            .Concat(Slugs)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(static slug => new Candidate(slug, slug));
}
