using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace OpenRouter.Byok.Session;

/// <summary>
/// The connection that commands use where they are given none: the one of Connect-Byok, else one made of environment
/// variables. It is the process's, so that parallel runspaces share it.
/// </summary>
internal static class ByokSession
{
    internal const string ManagementKeyVariable = "OPENROUTER_MANAGEMENT_KEY";
    internal const string ApiKeyVariable = "OPENROUTER_API_KEY";
    internal const string BaseUrlVariable = "OPENROUTER_BASE_URL";

    private static readonly object Lock = new();
    private static ByokConnection? s_connected;
    private static ByokConnection? s_environment;
    private static string? s_environmentPrint;

    /// <summary>The connection of Connect-Byok; <see langword="null"/> where there is none.</summary>
    internal static ByokConnection? Connected
    {
        get => Volatile.Read(ref s_connected);
        set => Volatile.Write(ref s_connected, value);
    }

    /// <summary>The connection to use.</summary>
    /// <exception cref="ByokApiException">Nobody connected, and the environment names no key or a malformed address.</exception>
    internal static ByokConnection Default => Connected ?? FromEnvironment() ?? throw new ByokApiException(
        ByokErrorKind.NotConnected,
        $"No management key was given. Connect with Connect-Byok, or set the environment variable {ManagementKeyVariable}.")
    {
        RecommendedAction = $"Connect with Connect-Byok, or set {ManagementKeyVariable}.",
        EndsTheCommand = true,
    };

    /// <summary>The address that the environment names, or the public one.</summary>
    internal static Uri BaseUriFromEnvironment()
    {
        string? address = Environment.GetEnvironmentVariable(BaseUrlVariable);
        return string.IsNullOrWhiteSpace(address)
            ? ByokConnection.DefaultBaseUri
            : Uri.TryCreate(address!.Trim(), UriKind.Absolute, out Uri? uri)
                ? uri
                : throw new ByokApiException(ByokErrorKind.InsecureAddress, $"The environment variable {BaseUrlVariable} holds no absolute address. Nothing was sent.");
    }

    /// <summary>The connection that the environment describes; <see langword="null"/> where it names no key.</summary>
    internal static ByokConnection? FromEnvironment()
    {
        string? key = Environment.GetEnvironmentVariable(ManagementKeyVariable);
        key = string.IsNullOrWhiteSpace(key) ? Environment.GetEnvironmentVariable(ApiKeyVariable) : key;
        if (string.IsNullOrWhiteSpace(key))
        {
            return null;
        }

        // The same variables give the same connection, so that its sockets, and what it learned of the server's limits,
        // last from command to command. What is remembered of the key is a hash.
        Uri address = BaseUriFromEnvironment();
        string print = Print(address + "\n" + key);
        lock (Lock)
        {
            if (s_environment is null || s_environmentPrint != print)
            {
                s_environment = new ByokConnection { BaseUri = address, ApiKey = ToSecureString(key!.Trim()) };
                s_environmentPrint = print;
            }

            return s_environment;
        }
    }

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
