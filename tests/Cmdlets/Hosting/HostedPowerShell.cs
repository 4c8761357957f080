using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security;
using System.Text;
using System.Text.Json.Nodes;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>
/// A PowerShell in this process with the built module, and an account on a sandbox of its own that its commands use. At
/// the end every request body that arrived is checked against the API's description, in every test.
/// </summary>
internal sealed class HostedPowerShell : IAsyncDisposable
{
    private static readonly SemaphoreSlim s_opening = new(1);

    private readonly Runspace _runspace;

    private HostedPowerShell(SandboxServer server, ByokConnection connection, Runspace runspace, RecordingHost host)
    {
        Server = server;
        Connection = connection;
        _runspace = runspace;
        Host = host;
    }

    /// <summary>The folder to which the build wrote the module.</summary>
    internal static string ModulePath { get; } = Path.GetFullPath(typeof(HostedPowerShell).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(data => data.Key == nameof(ModulePath)).Value!);

    internal SandboxServer Server { get; }

    internal SandboxStore Store => Server.Store;

    /// <summary>The connection that commands of the session use, unless the session was started without one.</summary>
    internal ByokConnection Connection { get; }

    internal RecordingHost Host { get; }

    /// <summary>The names of the keys that the server holds, oldest first.</summary>
    internal string[] Names => [.. Store.Keys.Select(key => key.Name!)];

    /// <summary>The ids of the keys that the server holds, oldest first.</summary>
    internal string[] Ids => [.. Store.Keys.Select(key => key.Id.ToString())];

    /// <summary>Starts a sandbox with the given number of keys, and a session whose commands use it unless <paramref name="isConnected"/> is false.</summary>
    internal static async Task<HostedPowerShell> StartAsync(
        int seed = 0, int retries = 3, int timeoutSec = 30, SandboxOptions? options = null, SeedOptions? keys = null, bool isConnected = true)
    {
        SandboxServer server = await SandboxServer.StartAsync(options);
        server.Store.Seed(seed, keys);
        ByokConnection connection = Connect(server, retries, timeoutSec);
        var host = new RecordingHost();
        Runspace runspace = RunspaceFactory.CreateRunspace(host, InitialSessionState.CreateDefault());
        runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        var shell = new HostedPowerShell(server, connection, runspace, host);
        try
        {
            await shell.OpenAsync(isConnected);
            return shell;
        }
        catch
        {
            await shell.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection to a sandbox.</summary>
    internal static ByokConnection Connect(SandboxServer server, int retries = 3, int timeoutSec = 30) => new()
    {
        BaseUri = server.BaseUri,
        ApiKey = Secure(server.ManagementKey),
        MaximumRetryCount = retries,
        RetryIntervalSec = 0.01,
        TimeoutSec = timeoutSec,
    };

    internal static SecureString Secure(string text)
    {
        var secure = new SecureString();
        foreach (char character in text)
        {
            secure.AppendChar(character);
        }

        secure.MakeReadOnly();
        return secure;
    }

    internal void SetVariable(string name, object? value) => _runspace.SessionStateProxy.SetVariable(name, value);

    internal object? GetVariable(string name) => _runspace.SessionStateProxy.GetVariable(name);

    /// <summary>Starts a script; variables of these names hold the values.</summary>
    internal RunningCommand Begin(string script, params (string Name, object? Value)[] variables)
    {
        foreach ((string name, object? value) in variables)
        {
            SetVariable(name, value);
        }

        return new RunningCommand(_runspace, Host, script);
    }

    /// <summary>Runs a script to its end; variables of these names hold the values.</summary>
    internal Task<CommandResult> InvokeAsync(string script, params (string Name, object? Value)[] variables) => Begin(script, variables).EndAsync();

    /// <summary>The only request for an operation.</summary>
    internal ReceivedRequest Sent(ApiOperation operation) => Assert.Single(Server.Requests.Of(operation));

    /// <summary>The bodies of the requests for an operation, in the order of arrival.</summary>
    internal IReadOnlyList<string> Bodies(ApiOperation operation) => [.. Server.Requests.Of(operation).Select(request => request.Body)];

    /// <summary>Fails unless each request for an operation had one of these bodies, each once; the order of the fields is ignored.</summary>
    internal void AssertSent(ApiOperation operation, params string[] bodies) => Assert.Equal(
        bodies.Select(Sorted).Order(StringComparer.Ordinal),
        Bodies(operation).Select(Sorted).Order(StringComparer.Ordinal));

    public async ValueTask DisposeAsync()
    {
        await Task.Run(_runspace.Dispose);
        await Server.DisposeAsync();
        foreach (ReceivedRequest request in Server.Requests.Where(request => request.BodyReceived && request.Body.Length > 0))
        {
            string schema = request.Operation == ApiOperation.Create ? "CreateBYOKKeyRequest" : "UpdateBYOKKeyRequest";
            IReadOnlyList<string> problems = ApiDescription.Problems(schema, Encoding.UTF8.GetBytes(request.Body));
            Assert.True(problems.Count == 0, $"{request.Body} does not fit {schema}:\n{string.Join('\n', problems)}");
        }
    }

    private async Task OpenAsync(bool isConnected)
    {
        // The engine initializes itself with the first session of the process, and fails if another one starts at the
        // same time.
        await s_opening.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            await Task.Run(_runspace.Open);
            SetVariable("connection", Connection);
            SetVariable("module", ModulePath);
            (await InvokeAsync("Import-Module $module -ErrorAction Stop")).Succeeded();
        }
        finally
        {
            s_opening.Release();
        }

        if (isConnected)
        {
            (await InvokeAsync("$PSDefaultParameterValues['*-Byok*:Connection'] = $connection")).Succeeded();
        }
    }

    private static string Sorted(string json) => new JsonObject(
        JsonNode.Parse(json)!.AsObject().OrderBy(field => field.Key, StringComparer.Ordinal)
            .Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone()))).ToJsonString();

    /// <summary>Prevents the tests from using a real account of the user, and the engine from sending telemetry.</summary>
    [ModuleInitializer]
    internal static void PrepareEnvironment()
    {
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
        foreach (string name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name => name.StartsWith("OPENROUTER_", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }
}
