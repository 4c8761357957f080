using System.Net;
using System.Net.Http.Headers;
using System.Reflection;

namespace OpenRouter.Byok.Client;

/// <summary>Builds the HTTP messages of a connection.</summary>
internal sealed class RequestMessages(ByokConnection connection)
{
    private static readonly string OwnUserAgent =
        "OpenRouter.Byok/" + typeof(RequestMessages).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private readonly string _root = connection.BaseUri.GetLeftPart(UriPartial.Path).TrimEnd('/');
    private readonly string _userAgent = string.IsNullOrWhiteSpace(connection.UserAgent) ? OwnUserAgent : $"{OwnUserAgent} {connection.UserAgent!.Trim()}";

    /// <summary>The address of a request.</summary>
    internal string AddressOf<TResult>(ApiRequest<TResult> request) => _root + request.Path;

    /// <summary>The message for one attempt.</summary>
    internal RequestMessage Build<TResult>(ApiRequest<TResult> request, UnmanagedSecret managementKey)
    {
        var message = new RequestMessage(request.Method, new Uri(AddressOf(request), UriKind.Absolute));
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", managementKey.Characters.ToString());
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        Add("User-Agent", _userAgent);
        Add("HTTP-Referer", connection.HttpReferer);
        Add("X-OpenRouter-Title", connection.AppTitle);
        Add("X-OpenRouter-Categories", connection.AppCategory);
        foreach (KeyValuePair<string, string> header in connection.ExtraHeaders)
        {
            Add(header.Key, header.Value);
        }

        if (request.Body is not null)
        {
            // HTTP/2 copies each body into a buffer of the connection that is not cleared, so a body is sent over HTTP/1.1.
            message.Content = request.Body.ToContent();
        }
        else if (request.Method == HttpMethod.Delete)
        {
            message.Content = message.Sent = new EmptyContent();
        }

#if NET
        if (request.Body is null)
        {
            message.Version = HttpVersion.Version20;
            message.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        }
#endif

        return message;

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }
}
