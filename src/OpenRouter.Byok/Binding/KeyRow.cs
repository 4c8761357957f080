using System.Collections;
using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>
/// A row from the pipeline: what <c>Import-Csv</c> or <c>ConvertFrom-Json</c> returns, or a dictionary. Its columns are
/// named like parameters.
/// </summary>
/// <remarks>
/// Rows are read as a whole, and not cell by cell by the binder: an error of the binder has the whole row as its target,
/// and with it a raw key in a wrong column.
/// </remarks>
public sealed class KeyRow
{
    private KeyRow(IReadOnlyDictionary<string, object?> columns) => Columns = columns;

    /// <summary>Whether the row is a key of <c>Get-ByokKey</c>, whose cells are values, not text written for a spreadsheet.</summary>
    internal bool IsKey { get; private init; }

    /// <summary>The values by column. A missing cell of a CSV file is blank text; <see langword="null"/> is the null of JSON or PowerShell.</summary>
    internal IReadOnlyDictionary<string, object?> Columns { get; }

    /// <summary>Reads the properties of an object.</summary>
    /// <param name="input">The object.</param>
    /// <param name="includesKeys">Whether a key is also accepted as a row, with its settings as cells.</param>
    /// <returns>The row; <see langword="null"/> if the object is not a row: text, a number, a key, a connection, a workspace.</returns>
    internal static KeyRow? From(PSObject input, bool includesKeys = false)
    {
        if (input.BaseObject is IDictionary table)
        {
            return new KeyRow(Read(table));
        }

        bool isKey = KeyTransformationAttribute.IsKey(input);
        bool isRow = isKey ? includesKeys : input.BaseObject is PSCustomObject && !WorkspaceTransformationAttribute.IsWorkspace(input);
        return isRow ? new KeyRow(Read(input)) { IsKey = isKey } : null;
    }

    private static Dictionary<string, object?> Read(IDictionary table)
    {
        var columns = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in table)
        {
            columns[entry.Key.ToString() ?? string.Empty] = Unwrap(entry.Value);
        }

        return columns;
    }

    private static Dictionary<string, object?> Read(PSObject input)
    {
        var columns = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (PSPropertyInfo property in input.Properties)
        {
            if (property.IsGettable)
            {
                columns[property.Name] = Unwrap(Read(property));
            }
        }

        return columns;
    }

    private static object? Read(PSPropertyInfo property)
    {
        try
        {
            return property.Value;
        }
        catch (GetValueException failure)
        {
            // Reported with its row and column, in the row's turn.
            return failure;
        }
    }

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
