using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Security;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Completion;
using OpenRouter.Byok.Async;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Connects the session to an account, after a look whether the management key and the address are right.</summary>
[Cmdlet(VerbsCommunications.Connect, "Byok")]
[OutputType(typeof(ByokConnection))]
public sealed class ConnectByokCommand : ByokCmdlet
{
    /// <summary>The management key. A PSCredential stands for its password. Asked for, masked, where it is left out in a console.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [SecretTransformation]
    public SecureString? ApiKey { get; set; }

    /// <summary>The API's address; that of the environment variable OPENROUTER_BASE_URL, or the public one, where it is left out.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? BaseUri { get; set; }

    /// <summary>The workspace that commands use where they are given none (<c>workspace_id</c>).</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    public string? WorkspaceId { get; set; }

    /// <summary>How long one attempt may take, its whole answer included, in seconds.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int TimeoutSec { get; set; }

    /// <summary>How many times a failed request is sent again at most.</summary>
    [Parameter]
    [ValidateRange(0, 100)]
    public int MaximumRetryCount { get; set; }

    /// <summary>The pause before the first retry, in seconds; it doubles with each further one.</summary>
    [Parameter]
    [ValidateRange(0.0, 60.0)]
    public double RetryIntervalSec { get; set; }

    /// <summary>The proxy; the one that the environment or the system names where it is left out.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? Proxy { get; set; }

    /// <summary>The credential for the proxy.</summary>
    [Parameter]
    [Credential]
    public PSCredential? ProxyCredential { get; set; }

    /// <summary>Extra headers to send with each request.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? Headers { get; set; }

    /// <summary>The address of the application to attribute the traffic to (<c>HTTP-Referer</c>).</summary>
    [Parameter]
    public string? HttpReferer { get; set; }

    /// <summary>The name of that application (<c>X-OpenRouter-Title</c>).</summary>
    [Parameter]
    public string? AppTitle { get; set; }

    /// <summary>The categories of that application (<c>X-OpenRouter-Categories</c>).</summary>
    [Parameter]
    public string[]? AppCategory { get; set; }

    /// <summary>Gives the connection to the pipeline, for -Connection.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    internal override string Activity => "Connecting";

    internal override void Record(CommandRun run)
    {
        BoundParameters bound = run.Pipeline.Parameters;
        SecureString key = new KeyInput(run).Key(nameof(ApiKey)) ?? throw new ByokApiException(ByokErrorKind.NotConnected, "The management key is blank. Nothing was sent.");
        var plain = new ByokConnection();
        var connection = new ByokConnection
        {
            ApiKey = key.Copy(),
            BaseUri = bound.TryGet(nameof(BaseUri), out object? address) ? (Uri)address! : ByokSession.BaseUriFromEnvironment(),
            WorkspaceId = bound.Text(nameof(WorkspaceId)),
            TimeoutSec = (int)bound.Number(nameof(TimeoutSec), (ulong)plain.TimeoutSec),
            MaximumRetryCount = (int)bound.Number(nameof(MaximumRetryCount), (ulong)plain.MaximumRetryCount),
            RetryIntervalSec = bound.TryGet(nameof(RetryIntervalSec), out object? interval) ? (double)interval! : plain.RetryIntervalSec,
            Proxy = bound.TryGet(nameof(Proxy), out object? proxy) ? (Uri)proxy! : null,
            ProxyCredential = bound.TryGet(nameof(ProxyCredential), out object? credential) ? ToNetwork(credential as PSCredential) : null,
            ExtraHeaders = bound.TryGet(nameof(Headers), out object? headers) ? ToHeaders((IDictionary)headers!) : plain.ExtraHeaders,
            HttpReferer = bound.Text(nameof(HttpReferer)),
            AppTitle = bound.Text(nameof(AppTitle)),
            AppCategory = bound.Texts(nameof(AppCategory)) is { Count: > 0 } categories ? string.Join(",", categories) : null,
        };
        bool passThru = bound.IsOn(nameof(PassThru));
        run.Start(
            async (output, stop) =>
            {
                await ByokClients.For(connection).CheckAsync(output, stop).ConfigureAwait(false);
                ByokSession.Connected = connection;
                if (passThru)
                {
                    await output.WriteAsync(connection).ConfigureAwait(false);
                }
            },
            connection.BaseUri);
    }

    // Without a user name it would be sent as an empty one; the credential of PSCredential.Empty means none.
    private static NetworkCredential? ToNetwork(PSCredential? credential) =>
        credential is null || credential == PSCredential.Empty ? null : new NetworkCredential(credential.UserName, credential.Password);

    private static Dictionary<string, string> ToHeaders(IDictionary headers)
    {
        var texts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry header in headers)
        {
            texts[header.Key.ToString()!] = LanguagePrimitives.ConvertTo<string>(header.Value);
        }

        return texts;
    }
}
