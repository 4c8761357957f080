using System.Collections;
using System.Security;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Async;

namespace OpenRouter.Byok.Binding;

/// <summary>
/// Reads the fields of a key from the parameters that are bound: what is left out, cleared, blank or wrong. New- and
/// Set-ByokKey mean the same by the same input because both read it here.
/// </summary>
internal sealed class KeyInput
{
    /// <summary>The columns that an inventory holds and nobody can set: passed over in silence.</summary>
    private static readonly string[] ReadOnlyColumns = ["Label", "SortOrder", "CreatedAt", "AdditionalProperties"];

    /// <summary>The columns that remoting adds to what it brings back.</summary>
    private static readonly string[] EngineColumns = ["PSComputerName", "RunspaceId", "PSShowComputerName", "PSSourceJobInstanceId"];

    private readonly CommandRun _run;
    private readonly BoundParameters _bound;
    private readonly string _place;
    private readonly bool _isRecord;

    /// <summary>The fields of the present record.</summary>
    internal KeyInput(CommandRun run)
        : this(run, run.Pipeline.Parameters)
    {
    }

    /// <summary>The fields of some of its parameters.</summary>
    internal KeyInput(CommandRun run, BoundParameters bound)
    {
        _run = run;
        _bound = bound;
        _place = bound.Input?.Kind == PipedKind.Row ? FormattableString.Invariant($"Row {run.Row}, column ") : string.Empty;
        _isRecord = bound.Input?.Kind is PipedKind.Key or PipedKind.Workspace;
    }

    /// <summary>The settings to send.</summary>
    /// <exception cref="ByokApiException">A value is impossible; the message names row and column.</exception>
    internal ByokKeySettings Settings()
    {
        var settings = new ByokKeySettings();
        foreach (KeyField setting in KeyFields.All.Where(static row => row.Access == KeyFieldAccess.CreateAndUpdate))
        {
            if (Read(setting) is { IsSet: true } given)
            {
                settings.SetValue(setting, given.Value);
            }
        }

        return settings.FindProblem() is (var field, var problem) ? throw Bad(field, problem) : settings;
    }

    /// <summary>The raw key to send; <see langword="null"/> where it is left out.</summary>
    /// <exception cref="ByokApiException">It was given as plain text, as <c>$null</c>, or not as a key at all.</exception>
    internal SecureString? Key(string name = "Key")
    {
        if (!TryTake(name, out object? value))
        {
            return null;
        }

        if (ReferenceEquals(value, SecretTransformationAttribute.Blank))
        {
            SayBlank(name);
            return null;
        }

        if (ReferenceEquals(value, SecretTransformationAttribute.PlainText))
        {
            throw Bad(name, $"a key is not taken as plain text, which would stay in logs and in the history. Read it with Read-Host -AsSecureString, or take it from a vault (Get-Secret){(name == "Key" ? ", or keep it in a file and give -KeyPath" : string.Empty)}.");
        }

        if (value is not SecureString secret || ReferenceEquals(secret, SecretTransformationAttribute.NoSecret))
        {
            throw Bad(name, "a key is a SecureString or a PSCredential; this is neither.");
        }

        try
        {
            _ = secret.Length;
            return secret;
        }
        catch (ObjectDisposedException)
        {
            throw Bad(name, "this SecureString was disposed of and holds no key any more.");
        }
    }

    /// <summary>The raw key from the parameter or the file that is given; <see langword="null"/> where neither is.</summary>
    /// <param name="resolvePath">Makes a file system path of what is given.</param>
    /// <param name="provider">The provider's slug, which tells the form of the file; <see langword="null"/> where it is not known.</param>
    /// <param name="isOwned">Whether the caller has to dispose it.</param>
    /// <exception cref="ByokApiException">It cannot be taken.</exception>
    internal SecureString? KeyOrFile(Func<string, string?> resolvePath, string? provider, out bool isOwned)
    {
        isOwned = false;
        SecureString? key = Key();
        if (Text("KeyPath").Value is not { } path)
        {
            return key;
        }

        if (key is not null)
        {
            throw Bad("KeyPath", "Key and KeyPath exclude each other.");
        }

        string file = resolvePath(path) ?? throw Bad("KeyPath", "this is no path in the file system.");
        if (_run.TypedKeyFile is { } typed && typed.Path == file)
        {
            CredentialFile.Check(file, typed.Key, provider);
            return typed.Key;
        }

        SecureString read = _run.WaitFor(() => CredentialFile.Read(file, provider));
        isOwned = _bound.Input is not null;
        if (!isOwned)
        {
            _run.TypedKeyFile = (file, read);
        }

        return read;
    }

    /// <summary>A text that cannot be cleared; <see langword="null"/> where it is left out or a blank cell.</summary>
    /// <exception cref="ByokApiException">It was typed and is blank, as of a variable that is not set.</exception>
    internal string? Plain(string name) =>
        Text(name).Value ?? (_bound.IsTyped(name) && _bound.TryGet(name, out _) ? throw Bad(name, "this is blank; give a value, or leave it out.") : null);

    /// <summary>The error for a field that must be given.</summary>
    internal ByokApiException Missing(string name) => Bad(name, "is needed and is blank or missing.");

    /// <summary>
    /// Refuses a row with a column that is no parameter, or of which nothing was bound: it would otherwise change nothing
    /// in silence.
    /// </summary>
    /// <exception cref="ByokApiException">There is such a column.</exception>
    internal void CheckColumns(IReadOnlyCollection<string> parameters)
    {
        if (_bound.Input is not { Kind: PipedKind.Row } row)
        {
            return;
        }

        string[] wrong = row.Columns.Keys
            .Where(column => !(row.IsBound ? parameters : ["Id"]).Concat(ReadOnlyColumns).Concat(EngineColumns).Contains(column, StringComparer.OrdinalIgnoreCase))
            .ToArray();
        if (wrong.Length > 0)
        {
            string why = row.IsBound
                ? $"no such parameter. The columns are named like the parameters: {string.Join(", ", parameters)}."
                : "of a hashtable, or of a row given to -InputObject, only the id is taken. Cast the hashtable with [pscustomobject], and pipe the row.";
            throw new ByokApiException(ByokErrorKind.BadRequest, $"{_place}{string.Join(", ", wrong.Select(ShowColumn))}: {why} Nothing was sent.");
        }
    }

    /// <summary>A misspelt name is shown whole; of anything else, such as the first row of a file without a header, only the beginning.</summary>
    private static string ShowColumn(string column) =>
        column.Length <= 24 && column.All(static character => character is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z')) ? column : ShownText.Shorten(column);

    private Optional<object?> Read(KeyField field)
    {
        return field.Kind switch
        {
            KeyFieldKind.Boolean => Boxed(Flag(field.Name)),
            KeyFieldKind.NullableBoolean => Boxed(NullableFlag(field.Name)),
            KeyFieldKind.List => Boxed(Genuine(field.Name, List(field.Name))),
            _ => Boxed(Genuine(field.Name, Text(field.Name))),
        };

        static Optional<object?> Boxed<T>(Optional<T> value) => value.IsSet ? new Optional<object?>(value.Value) : default;
    }

    private Optional<string?> Text(string name)
    {
        if (!TryTake(name, out object? value))
        {
            return default;
        }

        string? text = value?.ToString();
        if (text is null || text.Trim().Length > 0)
        {
            return text;
        }

        SayBlank(name);
        return default;
    }

    private Optional<bool> Flag(string name)
    {
        Optional<bool?> flag = NullableFlag(name);
        if (flag is { IsSet: true, Value: null })
        {
            // There is no third state to clear to.
            SayBlank(name);
            return default;
        }

        return flag.IsSet ? new Optional<bool>(flag.Value!.Value) : default;
    }

    private Optional<bool?> NullableFlag(string name)
    {
        if (!TryTake(name, out object? value))
        {
            return default;
        }

        if (value is FlagText { Text: var text })
        {
            if (text.Trim().Length > 0)
            {
                throw Bad(name, $"'{ShownText.Shorten(text)}' is neither true nor false.");
            }

            SayBlank(name);
            return default;
        }

        return (bool?)value;
    }

    private Optional<AllowList?> List(string name)
    {
        if (!TryTake(name, out object? value))
        {
            return default;
        }

        if (value is not IEnumerable<string?> given)
        {
            return new Optional<AllowList?>(null);
        }

        string?[] entries = given.ToArray();
        if (entries.Contains(null))
        {
            throw Bad(name, "an entry is $null.");
        }

        if (entries.Length == 1)
        {
            string single = entries[0]!;
            if (single.Trim().Length == 0)
            {
                SayBlank(name);
                return default;
            }

            try
            {
                return AllowList.Parse(single);
            }
            catch (FormatException wrong)
            {
                throw Bad(name, wrong.Message);
            }
        }

        return new AllowList(entries!);
    }

    /// <summary>
    /// The value of a parameter, unless it only came along with a piped key or workspace: a key's own old values are never
    /// written back, and a workspace's name is no key's. A script block (<c>-Name { "$($_.Name)-old" }</c>) gives another value than the key has, and that counts.
    /// </summary>
    private bool TryTake(string name, out object? value)
    {
        if (!_bound.TryGet(name, out value))
        {
            return false;
        }

        return !_isRecord || _bound.IsTyped(name) || !IsOwnValue(name, value);
    }

    private bool IsOwnValue(string name, object? value)
    {
        if (!_bound.Input!.Columns.TryGetValue(name, out object? own))
        {
            return false;
        }

        return value is IEnumerable and not string && own is IEnumerable and not string
            ? Texts(value).SequenceEqual(Texts(own), StringComparer.Ordinal)
            : string.Equals(value?.ToString() ?? string.Empty, own?.ToString() ?? string.Empty, StringComparison.Ordinal);

        static IEnumerable<string?> Texts(object list) => ((IEnumerable)list).Cast<object?>().Select(entry => entry?.ToString());
    }

    /// <summary>An inventory shows some characters, and secrets that the server repeats, as others; what it shows must not become real.</summary>
    private Optional<T> Genuine<T>(string name, Optional<T> value)
    {
        if (_place.Length == 0 || _bound.IsTyped(name) || value.Value?.ToString() is not { } text || !ShownText.IsAltered(text))
        {
            return value;
        }

        _run.Pipeline.WriteWarning(
            $"{_place}{name} holds {ShownText.Redacted} or a sign for a character that is not shown, so it may not be the real one, and counts as left out. Give the real one with -{name}.");
        return default;
    }

    private void SayBlank(string name) => _run.Pipeline.WriteVerbose($"{_place}{name} is blank and counts as left out.");

    private ByokApiException Bad(string name, string what) =>
        new(ByokErrorKind.BadRequest, $"{_place}{name}: {what} Nothing was sent.");
}
