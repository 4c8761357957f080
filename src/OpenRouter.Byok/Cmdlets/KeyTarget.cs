namespace OpenRouter.Byok.Cmdlets;

/// <summary>A key that a command is about to change or remove.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Known">The key as it came from the pipeline; <see langword="null"/> if only the id is known.</param>
internal sealed record KeyTarget(string Id, ByokKey? Known = null)
{
    /// <summary>The provider, if it is known.</summary>
    internal string? Provider { get; init; } = Known?.Provider;

    /// <summary>The keys of ids; each id is validated.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="record">The number of the record, from 1, for a message about a blank id.</param>
    /// <param name="fail">Reports an invalid id.</param>
    internal static IEnumerable<KeyTarget> Of(IEnumerable<string> ids, long record, Action<ByokApiException, object?> fail)
    {
        foreach (string id in ids)
        {
            if (ResourceId.IsId(id))
            {
                yield return new KeyTarget(id);
            }
            else if (string.IsNullOrWhiteSpace(id))
            {
                string place = FormattableString.Invariant($"Row {record}");
                fail(ErrorRecords.BadInput($"{place}, column Id: an id is required, but it is blank or missing."), place);
            }
            else
            {
                fail(ResourceId.Wrong(id), ResourceId.Show(id));
            }
        }
    }

    /// <summary>The key as messages show it.</summary>
    public override string ToString() => Known?.ToString() ?? Id;
}
