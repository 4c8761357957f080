using System.Text;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Security;

namespace OpenRouter.Byok.Tests.Core;

/// <summary>A response that belongs to another request is never accepted.</summary>
public sealed class MismatchTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_response_about_another_key_is_asked_for_again_on_a_new_connection()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(2);
        account.Server.Faults.Add("Get:WrongIdx1");
        account.Server.Faults.Add("Update:WrongIdx1");
        string id = account.Server.Store.Keys[0].Id.ToString();
        var change = new UpdateByokKeyRequest { Settings = new ByokKeySettings().Set(KeyFields.Disabled, true) };

        ByokKey got = await account.Client.GetKeyAsync(id.ToUpperInvariant(), cancellationToken: Stop);
        ByokKey changed = await account.Client.UpdateKeyAsync(id, change, cancellationToken: Stop);

        Assert.Equal((id, id, true), (got.Id, changed.Id, changed.Disabled));
        Assert.Equal(4, account.Server.Requests.Count);
        Assert.NotEqual(account.Server.Requests[0].Connection, account.Server.Requests[1].Connection);
        Assert.NotEqual(account.Server.Requests[2].Connection, account.Server.Requests[3].Connection);
    }

    [Fact]
    public async Task A_server_that_always_responds_about_another_key_is_an_error_that_says_so()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(2, retries: 2);
        account.Server.Faults.Add("Get:WrongId");
        string other = account.Server.Store.Keys[1].Id.ToString();

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(
            () => account.Client.GetKeyAsync(account.Server.Store.Keys[0].Id.ToString(), cancellationToken: Stop));

        Assert.Equal((ByokErrorKind.BadResponse, 200, 3), (error.Kind, error.StatusCode, error.Attempts));
        Assert.Contains("belongs to another request", error.Message, StringComparison.Ordinal);
        Assert.Contains(other, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_duplicated_response_is_not_taken_for_the_next_request_and_its_connection_is_given_up()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(3);
        account.Server.Faults.Add("Get:DuplicatedResponsex1");
        string[] ids = [.. account.Server.Store.Keys.Select(key => key.Id.ToString())];

        ByokKey first = await account.Client.GetKeyAsync(ids[0], cancellationToken: Stop);
        ByokKey second = await account.Client.GetKeyAsync(ids[1], cancellationToken: Stop);
        ByokKey third = await account.Client.GetKeyAsync(ids[2], cancellationToken: Stop);

        Assert.Equal(ids, new[] { first.Id, second.Id, third.Id });
        string poisoned = account.Server.Requests[0].Connection;
        Assert.DoesNotContain(poisoned, account.Server.Requests.Skip(2).Select(request => request.Connection));
    }

    [Fact]
    public async Task The_connection_of_a_response_to_another_request_is_closed()
    {
        var closed = new TaskCompletionSource();
        await using var server = new RawServer(async (head, stream, stop) =>
        {
            await WriteKeyAsync(stream, Guid.NewGuid().ToString(), stop);
            Assert.Empty(await RawServer.ReadHeadAsync(stream, stop));
            closed.SetResult();
        });
        using var client = new ByokClient(Connect(server, retries: 0));

        await Assert.ThrowsAsync<ByokApiException>(() => client.GetKeyAsync(Guid.NewGuid().ToString(), cancellationToken: Stop));

        await closed.Task.WaitAsync(TimeSpan.FromSeconds(30), Stop);
    }

    [Fact]
    public async Task A_response_to_another_request_does_not_break_the_requests_in_flight()
    {
        string slow = Guid.NewGuid().ToString();
        var release = new TaskCompletionSource();
        await using var server = new RawServer(async (head, stream, stop) =>
        {
            bool isSlow = head.Contains(slow, StringComparison.Ordinal);
            await (isSlow ? release.Task : Task.CompletedTask).WaitAsync(stop);
            await WriteKeyAsync(stream, isSlow ? slow : Guid.NewGuid().ToString(), stop);
        });
        using var client = new ByokClient(Connect(server, retries: 0));
        Task<ByokKey> inFlight = client.GetKeyAsync(slow, cancellationToken: Stop);
        await Wait.UntilAsync(() => server.Connections == 1);

        await Assert.ThrowsAsync<ByokApiException>(() => client.GetKeyAsync(Guid.NewGuid().ToString(), cancellationToken: Stop));
        release.SetResult();

        Assert.Equal(slow, (await inFlight).Id);
    }

    private static ByokConnection Connect(RawServer server, int retries) => new()
    {
        BaseUri = server.BaseUri, ApiKey = SandboxAccount.Secure("sk-or-v1-any"), MaximumRetryCount = retries,
    };

    private static async Task WriteKeyAsync(Stream stream, string id, CancellationToken stop)
    {
        string body = $$$"""{"data":{"id":"{{{id}}}","provider":"openai"}}""";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"), stop);
    }
}
