using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Core;

/// <summary>What -Debug shows of each attempt.</summary>
public sealed class AttemptReportTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_attempt_is_reported_with_status_time_request_id_and_listed_headers()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        account.Server.Faults.Add(
            Faults.Status(503, new Dictionary<string, string> { ["X-Request-Id"] = "req-17", ["X-RateLimit-Remaining"] = "3", ["Via"] = "1.1 proxy", ["X-Other"] = "hidden" }),
            ApiOperation.Get,
            times: 1);
        var trace = new RecordingTrace();
        string id = account.Server.Store.Keys[0].Id.ToString();

        await account.Client.GetKeyAsync(id, trace, Stop);

        string[] lines = [.. trace.Debugged];
        Assert.Equal(2, lines.Length);
        Assert.Matches($@"^GET {account.Server.BaseUri}/byok/{id}, attempt 1: 503 over HTTP/1\.1 in \d+ ms, \d+ bytes; request id req-17; .*Content-Type: application/json.*; Via: 1\.1 proxy; X-RateLimit-Remaining: 3$", lines[0]);
        Assert.Matches($@"^GET {account.Server.BaseUri}/byok/{id}, attempt 2: 200 over HTTP/1\.1 in \d+ ms, \d+ bytes; ", lines[1]);
        Assert.DoesNotContain("hidden", string.Concat(lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Get:ResetBeforeCommitx1", "the connection broke")]
    [InlineData("Get:TruncatedBodyx1", "broke off")]
    public async Task An_attempt_without_a_complete_response_is_reported_with_the_reason(string fault, string reason)
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        account.Server.Faults.Add(fault);
        var trace = new RecordingTrace();

        await account.Client.GetKeyAsync(account.Server.Store.Keys[0].Id.ToString(), trace, Stop);

        Assert.Equal(2, trace.Debugged.Count);
        Assert.Matches(@"attempt 1: failed after \d+ ms: ", trace.Debugged.First());
        Assert.Contains(reason, trace.Debugged.First(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_a_secret_nor_a_control_character_is_reported_where_a_header_has_it()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        const string RawKey = "sk-canary-0123456789abcdef";
        account.Server.Faults.Add(
            Faults.Status(400, new Dictionary<string, string> { ["X-Request-Id"] = RawKey, ["Server"] = account.Server.ManagementKey, ["Via"] = new string('v', 5000) }),
            ApiOperation.Update);
        var trace = new RecordingTrace();
        using var key = SandboxAccount.Secure(RawKey);

        await Assert.ThrowsAsync<ByokApiException>(
            () => account.Client.UpdateKeyAsync(account.Server.Store.Keys[0].Id.ToString(), new UpdateByokKeyRequest { Key = key }, trace, Stop));

        string all = string.Concat(trace.Debugged.Concat(trace.Said));
        Assert.Contains("attempt 1: 400", all, StringComparison.Ordinal);
        Assert.DoesNotContain(RawKey, all, StringComparison.Ordinal);
        Assert.DoesNotContain(account.Server.ManagementKey, all, StringComparison.Ordinal);
        Assert.InRange(all.Length, 1, 1500);
    }
}
