using System.Security;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests;

/// <summary>
/// An account on a sandbox of its own, and a client for it. At its end every body that arrived is checked against the
/// API's description, in every test.
/// </summary>
internal sealed class SandboxAccount : IAsyncDisposable
{
    private SandboxAccount(SandboxServer server, ByokConnection connection)
    {
        Server = server;
        Connection = connection;
        Client = new ByokClient(connection);
    }

    internal SandboxServer Server { get; }

    internal ByokConnection Connection { get; }

    internal ByokClient Client { get; }

    internal static async Task<SandboxAccount> StartAsync(int seed = 0, int retries = 3, int timeoutSec = 30, SandboxOptions? options = null)
    {
        SandboxServer server = await SandboxServer.StartAsync((options ?? new SandboxOptions()) with { SeedCount = seed });
        return new SandboxAccount(server, new ByokConnection
        {
            BaseUri = server.BaseUri,
            ApiKey = Secure(server.ManagementKey),
            MaximumRetryCount = retries,
            RetryIntervalSec = 0.01,
            TimeoutSec = timeoutSec,
        });
    }

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

    /// <summary>The only request for an operation.</summary>
    internal ReceivedRequest Sent(ApiOperation operation) => Assert.Single(Server.Requests.Of(operation));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        foreach (ReceivedRequest request in Server.Requests.Where(request => request.BodyReceived && request.Body.Length > 0))
        {
            ApiSchema.AssertValid(request.Operation == ApiOperation.Create ? "CreateBYOKKeyRequest" : "UpdateBYOKKeyRequest", request.Body);
        }
    }
}
