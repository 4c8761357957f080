using System.Security.Authentication;
using System.Text;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Security;

namespace OpenRouter.Byok.Tests.Core;

/// <summary>Each cause of failure has its kind.</summary>
public sealed class ErrorTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Status(400)", ByokErrorKind.BadRequest, 400)]
    [InlineData("Status(422)", ByokErrorKind.BadRequest, 422)]
    [InlineData("Status(418)", ByokErrorKind.BadRequest, 418)]
    [InlineData("Status(401)", ByokErrorKind.Unauthorized, 401)]
    [InlineData("Status(403)", ByokErrorKind.Forbidden, 403)]
    [InlineData("Status(404)", ByokErrorKind.NotFound, 404)]
    [InlineData("Status(408)", ByokErrorKind.Timeout, 408)]
    [InlineData("Status(409)", ByokErrorKind.Conflict, 409)]
    [InlineData("Status(429)", ByokErrorKind.RateLimited, 429)]
    [InlineData("Status(500)", ByokErrorKind.ServerError, 500)]
    [InlineData("Status(501)", ByokErrorKind.ServerError, 501)]
    [InlineData("Status(502)", ByokErrorKind.ServerError, 502)]
    [InlineData("Status(503)", ByokErrorKind.ServerError, 503)]
    [InlineData("Status(504)", ByokErrorKind.ServerError, 504)]
    [InlineData("HtmlPage(502)", ByokErrorKind.ServerError, 502)]
    [InlineData("HtmlPage(200)", ByokErrorKind.BadResponse, 200)]
    [InlineData("HtmlAsJson()", ByokErrorKind.BadResponse, 200)]
    [InlineData("EmptyBody()", ByokErrorKind.BadResponse, 200)]
    [InlineData("BrokenJson()", ByokErrorKind.BadResponse, 200)]
    [InlineData("WrongJson()", ByokErrorKind.BadResponse, 200)]
    [InlineData("TruncatedBody()", ByokErrorKind.BadResponse, 200)]
    [InlineData("Redirect('https://localhost/elsewhere')", ByokErrorKind.BadResponse, 302)]
    [InlineData("ResetBeforeCommit()", ByokErrorKind.ConnectionFailed, null)]
    [InlineData("CloseBeforeCommit()", ByokErrorKind.ConnectionFailed, null)]
    public async Task An_answer_that_is_no_success_has_its_kind(string fault, ByokErrorKind kind, int? status)
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1, retries: 0);
        account.Server.Faults.Add($"Get:{fault}");
        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(
            () => account.Client.GetKeyAsync(account.Server.Store.Keys[0].Id.ToString(), cancellationToken: Stop));
        Assert.Equal((kind, status), (error.Kind, error.StatusCode));
        Assert.Equal(kind == ByokErrorKind.Unauthorized, error.EndsTheCommand);
        Assert.NotNull(error.RecommendedAction);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task No_answer_in_time_is_a_timeout()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1, retries: 0, timeoutSec: 1);
        account.Server.Faults.Add("List:Hang");
        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(
            async () => await account.Client.ListKeysAsync(cancellationToken: Stop).ToListAsync(Stop));
        Assert.Equal(ByokErrorKind.Timeout, error.Kind);
        Assert.Contains("-TimeoutSec", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_ends_the_command()
    {
        // No server listens on a reserved port; a port that was just released may be used by another test.
        using var client = new ByokClient(new ByokConnection { BaseUri = new Uri("http://127.0.0.1:1/api/v1"), ApiKey = SandboxAccount.Secure("sk-or-v1-any"), MaximumRetryCount = 0 });
        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(async () => await client.ListKeysAsync(cancellationToken: Stop).ToListAsync(Stop));
        Assert.Equal(ByokErrorKind.ConnectionFailed, error.Kind);
        Assert.True(error.EndsTheCommand);
        Assert.Contains("127.0.0.1:1", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A server without TLS, one that closes the connection, and one with an untrusted certificate.</summary>
    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
#if !NETSTANDARD_ASSEMBLIES
    [InlineData("")] // Only an error code of the platform tells this from a connection that broke later.
#endif
    [InlineData(null)]
    public async Task A_failed_TLS_handshake_is_called_that(string? response)
    {
        await using SandboxServer untrusted = await SandboxServer.StartAsync(new SandboxOptions { Https = true });
        await using var server = new RawServer(static (_, _, _) => Task.CompletedTask, async stream =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(response ?? string.Empty), Stop);
            await stream.DisposeAsync();
            return stream;
        });
        Uri address = response is null ? untrusted.BaseUri : new Uri($"https://127.0.0.1:{server.Port}/api/v1");
        using var client = new ByokClient(new ByokConnection { BaseUri = address, ApiKey = SandboxAccount.Secure("sk-or-v1-any"), MaximumRetryCount = 0 });

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => client.CheckAsync(cancellationToken: Stop));

        Assert.Equal((ByokErrorKind.ConnectionFailed, true), (error.Kind, error.EndsTheCommand));
        Assert.Contains($"the TLS handshake with {address.Host}:{address.Port} failed", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("cannot be reached", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Even if it is nested deep in inner exceptions.</summary>
    [Fact]
    public void A_TLS_failure_inside_another_one_is_called_that()
    {
        var cause = new HttpRequestException("no", new IOException("no", new AuthenticationException("The alert said no.")));

        ByokApiException error = ApiErrors.ConnectionFailed("Getting", new Uri("https://localhost/api/v1"), cause);

        Assert.Contains("the TLS handshake with localhost:443 failed (The alert said no).", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_servers_own_words_are_told()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(
            () => account.Client.GetKeyAsync(Guid.NewGuid().ToString(), cancellationToken: Stop));
        Assert.Equal(ByokErrorKind.NotFound, error.Kind);
        Assert.NotNull(error.ServerMessage);
        Assert.Contains(error.ServerMessage, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_management_key_there_is_no_client()
    {
        ByokApiException error = Assert.Throws<ByokApiException>(() => new ByokClient(new ByokConnection()));
        Assert.Equal(ByokErrorKind.NotConnected, error.Kind);
        Assert.True(error.EndsTheCommand);
    }

    [Theory]
    [InlineData("http://openrouter.ai/api/v1")]
    [InlineData("ftp://127.0.0.1/api/v1")]
    [InlineData("https://user:word@localhost/api/v1")]
    [InlineData("https://localhost/api/v1?a=b")]
    [InlineData("https://localhost/api/v1#a")]
    public void An_unsafe_address_is_refused(string address)
    {
        ByokApiException error = Assert.Throws<ByokApiException>(
            () => new ByokClient(new ByokConnection { BaseUri = new Uri(address), ApiKey = SandboxAccount.Secure("sk-or-v1-any") }));
        Assert.Equal(ByokErrorKind.InsecureAddress, error.Kind);
        Assert.True(error.EndsTheCommand);
    }
}
