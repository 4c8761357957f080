using System.Security;

namespace OpenRouter.Byok.Binding;

/// <summary>Reads one row by the table of fields: its columns are the parameters of New- and Set-ByokKey.</summary>
internal sealed class RowReader
{
    /// <summary>The columns that the engine adds to objects from another session.</summary>
    private static readonly string[] EngineColumns = ["PSComputerName", "RunspaceId", "PSShowComputerName", "PSSourceJobInstanceId"];

    /// <summary>The columns of an inventory that cannot be set.</summary>
    private static readonly string[] InventoryColumns =
        [.. KeyFields.All.Where(static field => field.Access == KeyFieldAccess.ReadOnly).Select(static field => field.Name), nameof(ByokKey.State), nameof(ByokKey.AdditionalProperties)];

    /// <summary>
    /// The characters at which a spreadsheet begins a formula, and the apostrophe itself, so that every name can be written
    /// with an apostrophe before it and read back.
    /// </summary>
    private static readonly char[] MarkedBeginnings = ['=', '+', '-', '@', '\t', '\r', '\''];

    private readonly KeyRow _row;
    private readonly CellReader _cells;
    private readonly string _place;
    private string? _markedName;

    /// <summary>Checks the columns of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="columns">The columns that the cmdlet reads beside the fields: Id, Key and others.</param>
    /// <param name="clearText">The text that clears a field; <see langword="null"/> if only <c>$null</c> does.</param>
    /// <exception cref="ByokApiException">The row has an unknown column.</exception>
    internal RowReader(KeyRow row, long number, IReadOnlyCollection<string> columns, string? clearText = null)
    {
        _row = row;
        _place = FormattableString.Invariant($"Row {number}, column ");
        _cells = new CellReader(_place, clearText);
        CheckColumns(columns);
    }

    /// <summary>
    /// Values that are not sent: each has a character with which an inventory replaces a control character, so the
    /// real value differs.
    /// </summary>
    internal Dictionary<KeyField, object?> Unreal { get; } = [];

    /// <summary>The settings of the row; a blank cell is ignored.</summary>
    /// <exception cref="ByokApiException">A cell is not a value of its field.</exception>
    internal ByokKeySettings ReadSettings()
    {
        var settings = new ByokKeySettings();
        foreach (KeyField field in KeyFields.All)
        {
            if (field.Access == KeyFieldAccess.CreateAndUpdate
                && _row.Columns.TryGetValue(field.Name, out object? cell)
                && _cells.Read(field, field == KeyFields.Name ? Unmark(cell) : cell) is { IsSet: true } value)
            {
                if (value.Value?.ToString() is { } text && ShownText.HasReplacement(text))
                {
                    Unreal[field] = value.Value;
                }
                else
                {
                    settings.SetValue(field, value.Value);
                }
            }
        }

        return settings.FindProblem() is (var name, var problem) ? throw _cells.Problem(name, problem) : settings;
    }

    /// <summary>Whether the engine bound a parameter to a cell that must be read by this class instead.</summary>
    internal bool MeansOtherThan(KeyField field, object? bound) =>
        (Unreal.TryGetValue(field, out object? cell) && Equals(cell, bound))
        || (field == KeyFields.Name && _markedName is not null && Equals(_markedName, bound));

    /// <summary>Whether the row has a column.</summary>
    internal bool Has(string column) => _row.Columns.ContainsKey(column);

    /// <summary>The text of a cell; <see langword="null"/> if it is blank or missing.</summary>
    internal string? ReadText(string column) => _row.Columns.TryGetValue(column, out object? cell) ? _cells.ReadPlain(column, cell) : null;

    /// <summary>The raw key of a cell; <see langword="null"/> if it is blank or missing.</summary>
    internal SecureString? ReadSecret(string column) => _row.Columns.TryGetValue(column, out object? cell) ? _cells.ReadSecret(column, cell) : null;

    /// <summary>The warning for a field of <see cref="Unreal"/>.</summary>
    /// <param name="number">The number of the row, from 1.</param>
    /// <param name="field">The field.</param>
    /// <param name="command">The command with the parameter, with a space after it; empty for the running command.</param>
    internal static string DescribeUnreal(long number, KeyField field, string command = "") =>
        FormattableString.Invariant($"Row {number}, column {field.Name}: the text has a sign that stands for a hidden character, so it was not sent. Give the real text with {command}-{field.Name}.");

    /// <summary>The error for a required cell that is blank or missing.</summary>
    internal ByokApiException Missing(string column) => _cells.Missing(column);

    /// <summary>The error for a cell that cannot be used.</summary>
    internal ByokApiException Problem(string column, string problem, string? action = null) => _cells.Problem(column, problem, action);

    /// <summary>A name without the apostrophe that prevents a spreadsheet from reading it as a formula.</summary>
    private object? Unmark(object? cell)
    {
        bool isMarked = !_row.IsKey && cell is string { Length: > 1 } text && text[0] == '\'' && MarkedBeginnings.Contains(text[1]);
        _markedName = isMarked ? (string)cell! : null;
        return isMarked ? _markedName!.Substring(1) : cell;
    }

    private void CheckColumns(IReadOnlyCollection<string> columns)
    {
        string[] known = [.. columns, .. KeyFields.All.Where(static field => field.Access == KeyFieldAccess.CreateAndUpdate).Select(static field => field.Name)];
        string[] unknown = _row.Columns.Keys
            .Where(column => !known.Concat(InventoryColumns).Concat(EngineColumns).Contains(column, StringComparer.OrdinalIgnoreCase))
            .ToArray();
        if (unknown.Length > 0)
        {
            throw ErrorRecords.BadInput($"{_place}{string.Join(", ", unknown.Select(Show))}: {Explain(unknown[0], known)}");
        }
    }

    private string Explain(string column, string[] known)
    {
        if (_row.Columns.Count == 1 && column.IndexOfAny([';', '\t', '|']) is >= 0 and var at)
        {
            string delimiter = column[at] == '\t' ? "`t" : column[at].ToString();
            return $"the columns are not separated by commas. Use Import-Csv -Delimiter \"{delimiter}\".";
        }

        string? nearest = NearestName.Find(column, known);
        return nearest is null
            ? $"this column is unknown. Known columns are {string.Join(", ", known)}."
            : $"this column is unknown. Did you mean {nearest}?";
    }

    /// <summary>A misspelt name is shown in full; for any other text, such as the first row of a file without a header, only the beginning.</summary>
    private static string Show(string column) =>
        column.Length <= 24 && column.All(static character => character is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or '_' or ' ') ? column : ShownText.Shorten(column);
}
