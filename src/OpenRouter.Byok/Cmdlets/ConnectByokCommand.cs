using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Net;
using System.Security;
using OpenRouter.Byok.Async;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Completion;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>Connects this runspace to an account, after a check of the management key and the address.</summary>
[Cmdlet(VerbsCommunications.Connect, "Byok", DefaultParameterSetName = ApiKeySet)]
[OutputType(typeof(ByokConnection))]
public sealed class ConnectByokCommand : AsyncCmdlet
{
    private const string ApiKeySet = "ApiKey";
    private const string ApiKeyScriptSet = "ApiKeyScript";
    private const string ConnectionSet = "Connection";
    private static readonly ByokConnection Defaults = new();

    /// <summary>The management key. For a PSCredential, its password is used. If it is missing in a console, there is a masked prompt.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ApiKeySet, HelpMessage = "The management key, not an ordinary API key.")]
    [SecretTransformation]
    public SecureString? ApiKey { get; set; }

    /// <summary>
    /// Returns the management key, for example from a vault; runs in a runspace of its own. Runs again after the server
    /// refused the management key (401), so that a long command continues after its own management key was rotated.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = ApiKeyScriptSet, HelpMessage = "A script block that returns the management key as a SecureString.")]
    [ValidateNotNull]
    public ScriptBlock? ApiKeyScript { get; set; }

    /// <summary>A connection that was made before, to use it in this runspace.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ConnectionSet, HelpMessage = "A connection: what Connect-Byok -PassThru returns.")]
    [ConnectionTransformation]
    public ByokConnection? Connection { get; set; }

    /// <summary>The API's address. Default: the environment variable OPENROUTER_BASE_URL, else the public address.</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BaseUriCompleter))]
    public Uri? BaseUri { get; set; }

    /// <summary>The workspace that commands use by default (<c>workspace_id</c>), by id, slug or name.</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    public string? WorkspaceId { get; set; }

    /// <summary>The time limit of one attempt, including its whole response, in seconds.</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    [ValidateRange(1, 3600)]
    public int TimeoutSec { get; set; } = Defaults.TimeoutSec;

    /// <summary>The maximum number of retries of a failed request.</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    [ValidateRange(0, 100)]
    public int MaximumRetryCount { get; set; } = Defaults.MaximumRetryCount;

    /// <summary>The pause before the first retry, in seconds; each further pause is -RetryBackoffExponent times as long.</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    [ValidateRange(0.0, 60.0)]
    public double RetryIntervalSec { get; set; } = Defaults.RetryIntervalSec;

    /// <summary>The longest pause between two attempts, in seconds, unless the server asks for a longer one.</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    [ValidateRange(0.0, 3600.0)]
    public double MaximumRetryIntervalSec { get; set; } = Defaults.MaximumRetryIntervalSec;

    /// <summary>The factor from each pause to the next.</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    [ValidateRange(1.0, 100.0)]
    public double RetryBackoffExponent { get; set; } = Defaults.RetryBackoffExponent;

    /// <summary>The time after the start of a request at which it is no longer retried, in seconds.</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    [ValidateRange(0.0, 86400.0)]
    public double MaximumRetryTimeSec { get; set; } = Defaults.MaximumRetryTimeSec;

    /// <summary>The statuses after which a request is sent again.</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    [ValidateRange(400, 599)]
    public int[] RetryStatusCode { get; set; } = Defaults.RetryStatusCodes.ToArray();

    /// <summary>Does not send a request again after a failed connection or a timeout.</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    public SwitchParameter NoConnectionRetry { get; set; }

    /// <summary>The proxy. Default: the proxy of the environment or the system.</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    [ValidateNotNull]
    public Uri? Proxy { get; set; }

    /// <summary>The credential for the proxy.</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    [Credential]
    public PSCredential? ProxyCredential { get; set; }

    /// <summary>Extra headers to send with each request.</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    [ValidateNotNull]
    public IDictionary? Headers { get; set; }

    /// <summary>A text that is appended to the module's own user agent (<c>User-Agent</c>).</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    public string? UserAgent { get; set; }

    /// <summary>The address of the application to attribute the traffic to (<c>HTTP-Referer</c>).</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    public string? HttpReferer { get; set; }

    /// <summary>The name of that application (<c>X-OpenRouter-Title</c>).</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    public string? AppTitle { get; set; }

    /// <summary>The categories of that application (<c>X-OpenRouter-Categories</c>).</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [Parameter(ParameterSetName = ApiKeyScriptSet)]
    public string[]? AppCategory { get; set; }

    /// <summary>Returns the connection, for -Connection.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string Activity => "Connecting";

    private protected override void Process()
    {
        ByokConnection connection = Connection ?? ToConnection();
        Runspace runspace = Runspace.DefaultRunspace;
        Records.Add(
            async (output, stop) =>
            {
                if (WorkspaceId is not null)
                {
                    connection = connection.In(await new WorkspaceNames().ResolveAsync(connection, WorkspaceId, output, stop).ConfigureAwait(false));
                }

                await ByokClients.For(connection).CheckAsync(output, stop).ConfigureAwait(false);
                ByokSession.Connect(runspace, connection);
                if (PassThru)
                {
                    await output.WriteAsync(connection).ConfigureAwait(false);
                }
            },
            connection.BaseUri);
    }

    private ByokConnection ToConnection()
    {
        return new ByokConnection
        {
            ApiKey = ApiKeyScript is null ? ReadApiKey() : null,
            ApiKeyProvider = ApiKeyScript is null ? null : new ApiKeyScript(ApiKeyScript).InvokeAsync,
            BaseUri = BaseUri ?? EnvironmentConnection.BaseUri,
            TimeoutSec = TimeoutSec,
            MaximumRetryCount = MaximumRetryCount,
            RetryIntervalSec = RetryIntervalSec,
            MaximumRetryIntervalSec = MaximumRetryIntervalSec,
            RetryBackoffExponent = RetryBackoffExponent,
            MaximumRetryTimeSec = MaximumRetryTimeSec,
            RetryStatusCodes = RetryStatusCode,
            RetryConnectionErrors = !NoConnectionRetry,
            Proxy = Proxy,
            ProxyCredential = ToNetwork(ProxyCredential),
            ExtraHeaders = Headers is null ? Defaults.ExtraHeaders : ToHeaders(Headers),
            UserAgent = UserAgent,
            HttpReferer = HttpReferer ?? EnvironmentConnection.HttpReferer,
            AppTitle = AppTitle ?? EnvironmentConnection.AppTitle,
            AppCategory = AppCategory is { Length: > 0 } ? string.Join(",", AppCategory) : EnvironmentConnection.AppCategory,
        };
    }

    private SecureString ReadApiKey() => new CellReader("-").ReadSecret(nameof(ApiKey), ApiKey)?.Copy()
        ?? throw new ByokApiException(ByokErrorKind.NotConnected, "The management key is blank. Nothing was sent.") { EndsTheCommand = true };

    // Without a user name, an empty one would be sent; PSCredential.Empty means no credential.
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
