using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace OpenRouter.Byok.Session;

/// <summary>The connection that environment variables describe.</summary>
internal static class EnvironmentConnection
{
    internal const string ManagementKeyVariable = "OPENROUTER_MANAGEMENT_KEY";
    private const string ApiKeyVariable = "OPENROUTER_API_KEY";
    private const string BaseUrlVariable = "OPENROUTER_BASE_URL";
    private const string RefererVariable = "OPENROUTER_HTTP_REFERER";
    private const string TitleVariable = "OPENROUTER_APP_TITLE";
    private const string CategoriesVariable = "OPENROUTER_APP_CATEGORIES";

    private static readonly object Lock = new();
    private static (string Print, ByokConnection Connection)? s_last;

    /// <summary>The address (<c>OPENROUTER_BASE_URL</c>), or the public one.</summary>
    /// <exception cref="ByokApiException">The variable is not an absolute URL.</exception>
    internal static Uri BaseUri => Text(BaseUrlVariable) is not { } address
        ? ByokConnection.DefaultBaseUri
        : Uri.TryCreate(address, UriKind.Absolute, out Uri? uri)
            ? uri
            : throw new ByokApiException(ByokErrorKind.InsecureAddress, $"The environment variable {BaseUrlVariable} is not an absolute URL. Nothing was sent.");

    /// <summary>The page to attribute requests to (<c>OPENROUTER_HTTP_REFERER</c>); <see langword="null"/> if it is not set.</summary>
    internal static string? HttpReferer => Text(RefererVariable);

    /// <summary>The application to attribute requests to (<c>OPENROUTER_APP_TITLE</c>); <see langword="null"/> if it is not set.</summary>
    internal static string? AppTitle => Text(TitleVariable);

    /// <summary>The categories of that application (<c>OPENROUTER_APP_CATEGORIES</c>); <see langword="null"/> if they are not set.</summary>
    internal static string? AppCategory => Text(CategoriesVariable);

    /// <summary>The connection; <see langword="null"/> if the environment has no management key.</summary>
    /// <exception cref="ByokApiException">The environment has an invalid URL.</exception>
    internal static ByokConnection? Read()
    {
        if ((Text(ManagementKeyVariable) ?? Text(ApiKeyVariable)) is not { } key)
        {
            return null;
        }

        // The same variables return the same connection, so that its sockets, and its state of the server's limits, are
        // kept from command to command. Only a hash of the management key is kept for the comparison.
        Uri address = BaseUri;
        string print = Print(string.Join("\n", address, key, HttpReferer, AppTitle, AppCategory));
        lock (Lock)
        {
            if (s_last?.Print != print)
            {
                s_last = (print, new ByokConnection
                {
                    BaseUri = address,
                    ApiKey = ToSecureString(key),
                    HttpReferer = HttpReferer,
                    AppTitle = AppTitle,
                    AppCategory = AppCategory,
                });
            }

            return s_last.Value.Connection;
        }
    }

    /// <summary>Removes the connection that was made last.</summary>
    internal static void Forget()
    {
        lock (Lock)
        {
            s_last = null;
        }
    }

    private static string? Text(string variable) =>
        Environment.GetEnvironmentVariable(variable)?.Trim() is { Length: > 0 } text ? text : null;

    private static string Print(string text)
    {
        using SHA256 hash = SHA256.Create();
        return Convert.ToBase64String(hash.ComputeHash(Encoding.UTF8.GetBytes(text)));
    }

    private static SecureString ToSecureString(string text)
    {
        var secure = new SecureString();
        foreach (char character in text)
        {
            secure.AppendChar(character);
        }

        secure.MakeReadOnly();
        return secure;
    }
}
