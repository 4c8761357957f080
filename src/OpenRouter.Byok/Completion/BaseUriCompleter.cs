using System.Collections;

namespace OpenRouter.Byok.Completion;

/// <summary>Completes the addresses of the public API: worldwide, and in the regions that the API documents.</summary>
public sealed class BaseUriCompleter : Completer
{
    private protected override IEnumerable<Candidate> Candidates(IDictionary boundParameters) =>
    [
        new(ByokConnection.DefaultBaseUri.ToString(), "worldwide"),
        new("https://eu.openrouter.ai/api/v1", "Europe"),
        new("https://us.openrouter.ai/api/v1", "United States"),
    ];
}
