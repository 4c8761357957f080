namespace OpenRouter.Byok.Async;

/// <summary>What an object in the pipeline is to a cmdlet.</summary>
internal enum PipedKind
{
    /// <summary>Text or a UUID: an id.</summary>
    Id,

    /// <summary>A <see cref="ByokKey"/>, also one that came back from a job or a file: its id and nothing else.</summary>
    Key,

    /// <summary>A <see cref="ByokWorkspace"/>, likewise.</summary>
    Workspace,

    /// <summary>Anything else: a row, whose columns are parameters.</summary>
    Row,
}

/// <summary>An object that came down the pipeline, without the engine's wrapping.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Columns">Its properties by name; for an <see cref="PipedKind.Id"/> only <c>Id</c>.</param>
/// <param name="IsBound">Whether the engine binds its properties to parameters: it does not for a hashtable's entries, nor for what was typed.</param>
internal sealed record PipedInput(PipedKind Kind, IReadOnlyDictionary<string, object?> Columns, bool IsBound = true)
{
    /// <summary>The id in the object; <see langword="null"/> where it has none.</summary>
    internal string? Id => Text("Id");

    /// <summary>The text of a column; <see langword="null"/> where it is missing or blank.</summary>
    internal string? Text(string column) =>
        Columns.TryGetValue(column, out object? value) && value?.ToString()?.Trim() is { Length: > 0 } text ? text : null;
}
