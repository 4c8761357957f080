namespace OpenRouter.Byok.Tests;

/// <summary>
/// A part of a document that a test computes, between two comments. It cannot be out of date: the test compares it, and
/// writes it again with <c>BYOK_WRITE_DOCS=1</c>.
/// </summary>
/// <param name="name">The name in the comments.</param>
/// <param name="document">The path of the document in the repository.</param>
internal sealed class ComputedBlock(string name, params string[] document)
{
    internal async Task CompareAsync(string computed, CancellationToken cancellationToken)
    {
        string begin = $"<!-- {name}: begin -->";
        string end = $"<!-- {name}: end -->";
        string block = $"{begin}\n\n{computed.ReplaceLineEndings("\n").Trim()}\n\n{end}";
        string path = RepositoryRoot.Combine(document);
        string text = await File.ReadAllTextAsync(path, cancellationToken);
        int from = text.IndexOf(begin, StringComparison.Ordinal);
        int to = text.IndexOf(end, StringComparison.Ordinal) + end.Length;
        if (Environment.GetEnvironmentVariable("BYOK_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(path, text[..from] + block + text[to..], cancellationToken);
            return;
        }

        Assert.Equal(block, text[from..to].ReplaceLineEndings("\n"));
    }
}
