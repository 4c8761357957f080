using System.Globalization;
using System.Security;

namespace OpenRouter.Byok.Client;

/// <summary>Refuses a connection that is invalid or unsafe to send with.</summary>
internal static class ConnectionValidation
{
    private static readonly HashSet<string> OwnHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Authorization", "Proxy-Authorization", "Host", "Content-Type", "Content-Length", "Transfer-Encoding", "Connection", "User-Agent", "Expect", "Upgrade",
    };

    /// <exception cref="ByokApiException">The connection has no management key, an unsafe address, or a value that cannot be used.</exception>
    internal static void Check(ByokConnection connection)
    {
        if (connection.ApiKey is { } key)
        {
            CheckManagementKey(key);
        }
        else if (connection.ApiKeyProvider is null)
        {
            throw ApiErrors.NotConnected("No management key was given.");
        }

        CheckAddress(connection.BaseUri);
        CheckProxy(connection);
        CheckHeaders(connection);
        CheckPatience(connection);
    }

    /// <exception cref="ByokApiException">The management key is empty, or has a character that no management key can have.</exception>
    internal static void CheckManagementKey(SecureString managementKey)
    {
        if (managementKey.Length == 0)
        {
            throw ApiErrors.NotConnected("No management key was given.");
        }

        using var key = new UnmanagedSecret(managementKey);
        foreach (char character in key.Characters)
        {
            if (character is <= ' ' or > '~')
            {
                string what = RawKey.Describe(character) ?? "a character that is not ASCII";
                throw new ByokApiException(ByokErrorKind.NotConnected, $"The management key contains {what}. Nothing was sent.", "Give the management key without it: copy it again, or trim the text before ConvertTo-SecureString.")
                {
                    EndsTheCommand = true,
                };
            }
        }
    }

    private static void CheckAddress(Uri address)
    {
        if (!address.IsAbsoluteUri || address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            throw ApiErrors.InsecureAddress("The address must be absolute, without user, query and fragment.");
        }

        if (address.Scheme != Uri.UriSchemeHttps && !(address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
        {
            throw ApiErrors.InsecureAddress($"{address.Scheme}://{address.Host} would receive the management key unencrypted.");
        }
    }

    private static void CheckProxy(ByokConnection connection)
    {
        if (connection.Proxy is not { } proxy)
        {
            return;
        }

        if (!(proxy.IsAbsoluteUri && PrimaryHandler.ProxySchemes.Contains(proxy.Scheme)))
        {
            throw ApiErrors.BadInput($"The proxy's address must begin with {string.Join(" or ", PrimaryHandler.ProxySchemes.Select(scheme => scheme + "://"))}. Nothing was sent.");
        }

        if (connection.BaseUri.Scheme == Uri.UriSchemeHttp && !proxy.IsLoopback)
        {
            throw ApiErrors.InsecureAddress("Over plain HTTP the proxy would receive the management key unencrypted.");
        }

        if (proxy.UserInfo.Length > 0)
        {
            throw ApiErrors.InsecureAddress("The address of the proxy must not contain a user or a password, because the connection would show them.");
        }
    }

    private static void CheckHeaders(ByokConnection connection)
    {
        foreach (string name in connection.ExtraHeaders.Keys)
        {
            if (name.Length == 0 || name.Any(static character => !IsTokenCharacter(character)))
            {
                throw ApiErrors.BadInput("The name of a header can only have letters, digits and hyphens. Nothing was sent.");
            }

            if (OwnHeaders.Contains(name))
            {
                throw ApiErrors.BadInput($"The header {name} belongs to the module and cannot be given. Nothing was sent.");
            }
        }

        IEnumerable<(string Name, string? Value)> headers =
        [
            .. connection.ExtraHeaders.Select(static header => (header.Key, (string?)header.Value)),
            ("User-Agent", connection.UserAgent),
            ("HTTP-Referer", connection.HttpReferer),
            ("X-OpenRouter-Title", connection.AppTitle),
            ("X-OpenRouter-Categories", connection.AppCategory),
        ];
        foreach ((string name, string? value) in headers)
        {
            if (value?.Any(static character => character is (< ' ' and not '\t') or > '~') == true)
            {
                throw ApiErrors.BadInput($"The header {name} has a character that is not allowed in a header: a line break, or a character that is not ASCII. Nothing was sent.");
            }
        }

        // RFC 9110, 5.6.2.
        static bool IsTokenCharacter(char character) => character
            is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9')
            or '!' or '#' or '$' or '%' or '&' or '\'' or '*' or '+' or '-' or '.' or '^' or '_' or '`' or '|' or '~';
    }

    private static void CheckPatience(ByokConnection connection)
    {
        // The maximum number of milliseconds of a timer.
        const double MostSeconds = int.MaxValue / 1000;
        Check(nameof(connection.TimeoutSec), connection.TimeoutSec, 1, MostSeconds);
        Check(nameof(connection.MaximumRetryCount), connection.MaximumRetryCount, 0, int.MaxValue);
        Check(nameof(connection.RetryIntervalSec), connection.RetryIntervalSec, 0, MostSeconds);
        Check(nameof(connection.MaximumRetryIntervalSec), connection.MaximumRetryIntervalSec, 0, MostSeconds);
        Check(nameof(connection.RetryBackoffExponent), connection.RetryBackoffExponent, 1, 100);
        Check(nameof(connection.MaximumRetryTimeSec), connection.MaximumRetryTimeSec, 0, MostSeconds);
        foreach (int status in connection.RetryStatusCodes)
        {
            Check(nameof(connection.RetryStatusCodes), status, 400, 599);
        }

        static void Check(string name, double value, double least, double most)
        {
            // Also refuses what is not a number.
            if (!(value >= least && value <= most))
            {
                throw ApiErrors.BadInput(string.Format(
                    CultureInfo.InvariantCulture, "{0} is {1}; it must be from {2} to {3}. Nothing was sent.", name, value, least, most));
            }
        }
    }
}
