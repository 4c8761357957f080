namespace OpenRouter.Byok;

/// <summary>
/// A field of a key in the API: its names, its valid values, and the property of <see cref="ByokKey"/>. The
/// fields are the rows of <see cref="KeyFields.All"/>.
/// </summary>
public abstract class KeyField
{
    private protected KeyField(string name, string apiName)
    {
        Name = name;
        ApiName = apiName;
    }

    /// <summary>The name in PowerShell, of the property and of the parameter: <c>IsFallback</c>.</summary>
    public string Name { get; }

    /// <summary>The name in the API: <c>is_fallback</c>.</summary>
    public string ApiName { get; }

    /// <summary>What the value is.</summary>
    public abstract KeyFieldKind Kind { get; }

    /// <summary>When the value can be sent.</summary>
    public KeyFieldAccess Access { get; internal init; }

    /// <summary>Whether <see langword="null"/> can be sent, which clears the field.</summary>
    public bool IsClearable => Access == KeyFieldAccess.CreateAndUpdate && Kind != KeyFieldKind.Boolean;

    /// <summary>The values that the API documents; others are sent too. Empty if the API documents none.</summary>
    public IReadOnlyList<string> KnownValues { get; internal init; } = [];

    /// <summary>The maximum number of characters of a text; <see langword="null"/> if the API documents no limit.</summary>
    public int? MaximumLength { get; internal init; }

    /// <summary>The maximum number of entries of a list; <see langword="null"/> if the field is not a list. An empty list is never sent.</summary>
    public int? MaximumEntries { get; internal init; }

    /// <summary>Whether each entry of a list is a hash: 64 lower-case hexadecimal digits.</summary>
    public bool HoldsHashes { get; internal init; }

    /// <summary>The field that cannot be <see langword="true"/> together with this one; <see langword="null"/> for none.</summary>
    public KeyField? CannotCombineWith { get; internal init; }

    /// <summary>The value that a key has.</summary>
    /// <param name="key">The key.</param>
    public abstract object? GetValue(ByokKey key);

    /// <summary>The name in PowerShell.</summary>
    public override string ToString() => Name;

    /// <summary>Whether a value is of the field's type, or <see langword="null"/> if that clears the field.</summary>
    internal abstract bool Accepts(object? value);

    /// <summary>Why the API would refuse a value; <see langword="null"/> if it would not.</summary>
    internal string? FindProblem(object? value) => value switch
    {
        string text when CountCharacters(text) > MaximumLength =>
            $"at most {MaximumLength} characters are allowed; this value has {CountCharacters(text)}.",
        AllowList { Count: 0 } => "the list is empty, so nobody could use the key. Give $null to remove the restriction.",
        AllowList list when list.Count > MaximumEntries => $"at most {MaximumEntries} entries are allowed; this list has {list.Count}.",
        AllowList list when HoldsHashes && !list.All(IsHash) => "each entry must be 64 lower-case hexadecimal digits.",
        _ => null,
    };

    /// <summary>Counts as JSON Schema does: a pair of surrogates is one character.</summary>
    private static int CountCharacters(string text) => text.Count(static character => !char.IsLowSurrogate(character));

    private static bool IsHash(string entry) =>
        entry.Length == 64 && entry.All(static digit => digit is (>= '0' and <= '9') or (>= 'a' and <= 'f'));
}
