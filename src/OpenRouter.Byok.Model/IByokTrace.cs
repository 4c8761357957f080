namespace OpenRouter.Byok;

/// <summary>Hears what an operation does while it runs. Called from any thread.</summary>
public interface IByokTrace
{
    /// <summary>One attempt or decision, for <c>-Verbose</c>.</summary>
    /// <param name="message">What happens, without secrets.</param>
    void Verbose(string message);

    /// <summary>Something that an administrator has to know although the operation goes on.</summary>
    /// <param name="message">What it is, without secrets.</param>
    void Warning(string message);

    /// <summary>How many records the server counts (<c>total_count</c>), as each page tells it.</summary>
    /// <param name="totalCount">The number of records that match the server's part of the filter.</param>
    void TotalCount(long totalCount);
}
