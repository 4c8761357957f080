using System.Collections;
using System.Globalization;
using System.Security;

namespace OpenRouter.Byok.Binding;

/// <summary>Reads values of fields from parameters and from cells of a row.</summary>
/// <param name="place">The position of the values, for messages: <c>Row 3, column </c>; empty for parameters.</param>
/// <param name="clearText">The text that clears a field; <see langword="null"/> if only <c>$null</c> does.</param>
internal sealed class CellReader(string place, string? clearText = null)
{
    /// <summary>Reads the value of a field.</summary>
    /// <returns>The value; not set if it is blank, and so ignored.</returns>
    /// <exception cref="ByokApiException">It is not a value of the field.</exception>
    internal Optional<object?> Read(KeyField field, object? value)
    {
        value = value is string text && text == clearText ? null : value;
        if (value is null)
        {
            return field.IsClearable ? new Optional<object?>(null) : default;
        }

        if (IsBlank(value))
        {
            return default;
        }

        return field.Kind switch
        {
            KeyFieldKind.Boolean or KeyFieldKind.NullableBoolean => ReadBoolean(field.Name, value),
            KeyFieldKind.List => ReadList(field.Name, value),
            _ => ReadText(field.Name, value),
        };
    }

    /// <summary>Reads a text that cannot be cleared; <see langword="null"/> if it is blank.</summary>
    /// <exception cref="ByokApiException">It is not text.</exception>
    internal string? ReadPlain(string name, object? value) => value is null || Unset.Is(value) || IsBlank(value) ? null : ReadText(name, value).Trim();

    /// <summary>Refuses a blank text, for example of a variable that is not set: it must not have the effect of a missing parameter.</summary>
    /// <exception cref="ByokApiException">It is blank.</exception>
    internal void RefuseBlank(string name, string? value)
    {
        if (!Unset.Is(value) && string.IsNullOrWhiteSpace(value))
        {
            throw Problem(name, "the value is blank.", "Give a value, or leave the parameter out.");
        }
    }

    /// <summary>Reads a raw key; <see langword="null"/> if it is blank.</summary>
    /// <exception cref="ByokApiException">It is <see langword="null"/>, plain text, or not a raw key.</exception>
    internal SecureString? ReadSecret(string name, object? value)
    {
        object? secret = SecretTransformationAttribute.ToSecret(value);
        if (secret is null)
        {
            throw Problem(name, "the value is $null.", "Check that the secret exists in the vault.");
        }

        if (ReferenceEquals(secret, SecretTransformationAttribute.Blank))
        {
            return null;
        }

        if (ReferenceEquals(secret, SecretTransformationAttribute.PlainText))
        {
            throw Problem(name, "plain text is not accepted, because it would stay in logs and in the history.", $"Read the {(name == "Key" ? "raw key" : "management key")} with Read-Host -AsSecureString, or take it from a vault with Get-Secret.");
        }

        if (ReferenceEquals(secret, SecretTransformationAttribute.NotSecret))
        {
            throw Problem(name, "a SecureString or a PSCredential is required.");
        }

        try
        {
            _ = ((SecureString)secret).Length;
            return (SecureString)secret;
        }
        catch (ObjectDisposedException)
        {
            throw Problem(name, "the SecureString was disposed and no longer holds a key.");
        }
    }

    /// <summary>The error for a required value that is blank or missing.</summary>
    internal ByokApiException Missing(string name) => Problem(name, "a value is required, but it is blank or missing.");

    /// <summary>The error for a value that cannot be used.</summary>
    internal ByokApiException Problem(string name, string problem, string? action = null) => ErrorRecords.BadInput($"{place}{name}: {problem}", action);

    private static bool IsBlank(object value) => value switch
    {
        string text => string.IsNullOrWhiteSpace(text),
        string?[] { Length: 1 } list => string.IsNullOrWhiteSpace(list[0]),
        _ => false,
    };

    private Optional<object?> ReadBoolean(string name, object value) => value switch
    {
        bool flag => flag,
        string text => text.Trim().ToLower(CultureInfo.InvariantCulture) switch
        {
            "true" or "1" or "yes" => true,
            "false" or "0" or "no" => false,
            _ => throw Problem(name, $"'{ShownText.Shorten(text)}' is not a Boolean. Use true or false."),
        },
        0L or 0 => false,
        1L or 1 => true,
        _ => throw Problem(name, $"a Boolean is required, and this is a {value.GetType().Name}."),
    };

    private Optional<object?> ReadList(string name, object value)
    {
        string?[] entries = value switch
        {
            string text => [text],
            IEnumerable list => list.Cast<object?>().Select(static entry => entry?.ToString()).ToArray(),
            _ => throw Problem(name, $"a list is required, and this is a {value.GetType().Name}."),
        };
        if (Array.IndexOf(entries, null) >= 0)
        {
            throw Problem(name, "an entry of the list is $null.");
        }

        try
        {
            return entries.Length == 1 && value is not AllowList ? AllowList.Parse(entries[0]!) : new AllowList(entries!);
        }
        catch (FormatException wrong)
        {
            throw Problem(name, wrong.Message);
        }
    }

    private string ReadText(string name, object value) => value switch
    {
        string text => text,
        IEnumerable or Exception => throw Problem(name, value is Exception ? "the value cannot be read." : $"text is required, and this is a {value.GetType().Name}."),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
