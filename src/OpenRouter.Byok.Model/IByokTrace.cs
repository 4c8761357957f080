namespace OpenRouter.Byok;

/// <summary>Receives what an operation reports while it runs. Called from any thread.</summary>
public interface IByokTrace
{
    /// <summary>One attempt or decision, for <c>-Verbose</c>.</summary>
    /// <param name="message">What happens, without secrets.</param>
    void Verbose(string message);

    /// <summary>Something that an administrator needs to know although the operation continues.</summary>
    /// <param name="message">What it is, without secrets.</param>
    void Warning(string message);

    /// <summary>How many records the server counts (<c>total_count</c>), once for each page.</summary>
    /// <param name="totalCount">The number of records that match what the server filters.</param>
    void TotalCount(long totalCount);
}
