using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Core;

/// <summary>Everything about retries can be configured.</summary>
public sealed class RetryTests
{
    private static readonly RetryPolicy Policy = RetryPolicy.Of(new ByokConnection());

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2, new[] { 0.5, 1, 2, 4, 8, 16, 30, 30 })]
    [InlineData(1, new[] { 0.5, 0.5, 0.5 })]
    [InlineData(1.5, new[] { 0.5, 0.75, 1.125 })]
    public void A_pause_grows_by_the_exponent_up_to_the_maximum(double exponent, double[] seconds)
    {
        RetryPolicy policy = RetryPolicy.Of(new ByokConnection { RetryBackoffExponent = exponent });

        Assert.Equal(seconds, Enumerable.Range(1, seconds.Length).Select(attempt => policy.PauseAfter(attempt).TotalSeconds));
    }

    [Fact]
    public void A_pause_stays_bounded_however_many_attempts_there_were() => Assert.Equal(TimeSpan.FromSeconds(30), Policy.PauseAfter(int.MaxValue));

    [Theory]
    [InlineData(0, 2)]
    [InlineData(0.5, 3)]
    [InlineData(1, 4)]
    public void Jitter_takes_up_to_a_half_off(double random, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Policy.PauseAfter(4, random));

    [Theory]
    [InlineData(1, 298.9, null, true)]
    [InlineData(1, 299.6, null, false)]
    [InlineData(1, 0, 300.0, true)]
    [InlineData(1, 0, 301.0, false)]
    [InlineData(1, 290, 11.0, false)]
    [InlineData(5, 0, null, true)]
    [InlineData(6, 0, null, false)]
    public void A_retry_is_bounded_in_count_and_in_time(int attempts, double elapsed, double? retryAfter, bool repeats) => Assert.Equal(
        repeats, Policy.Repeats(Failure(503, retryAfter), isCreate: false, attempts, TimeSpan.FromSeconds(elapsed)));

    [Theory]
    [InlineData(ByokErrorKind.ServerError, true, false)]
    [InlineData(ByokErrorKind.RateLimited, false, true)]
    public void A_create_is_repeated_only_where_it_was_surely_not_processed(ByokErrorKind kind, bool mayHaveBeenProcessed, bool repeats)
    {
        var failure = new ByokApiException(kind, "failed") { StatusCode = kind == ByokErrorKind.ServerError ? 503 : 429, ServerMessage = "The API's own error.", MayHaveBeenProcessed = mayHaveBeenProcessed };

        Assert.Equal(repeats, Policy.Repeats(failure, isCreate: true, 1, TimeSpan.Zero));
        Assert.True(Policy.Repeats(failure, isCreate: false, 1, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("Get:Status(520)x1", new[] { 520 }, true)]
    [InlineData("Get:Status(520)x1", null, false)]
    [InlineData("Get:Status(503)x1", new[] { 520 }, false)]
    [InlineData("Get:Status(429)x1", new[] { 503 }, false)]
    [InlineData("Get:Status(503)x1", new int[0], false)]
    public async Task Only_the_chosen_statuses_are_retried(string fault, int[]? statuses, bool succeeds)
    {
        await using SandboxServer server = await StartAsync(fault);
        using var client = new ByokClient(statuses is null ? Connect(server) : Connect(server, statuses));

        Exception? error = await Record.ExceptionAsync(() => GetAsync(server, client));

        Assert.Equal(succeeds, error is null);
        Assert.Equal(succeeds ? 2 : 1, server.Requests.Count);
    }

    [Theory]
    [InlineData("Get:ResetBeforeCommitx1", ByokErrorKind.ConnectionFailed)]
    [InlineData("Get:TruncatedBodyx1", ByokErrorKind.BadResponse)]
    [InlineData("Get:Hangx1", ByokErrorKind.Timeout)]
    public async Task Connection_errors_are_retried_unless_that_is_turned_off(string fault, ByokErrorKind kind)
    {
        await using SandboxServer server = await StartAsync(fault, fault);
        using var off = new ByokClient(new ByokConnection
        {
            BaseUri = server.BaseUri, ApiKey = SandboxAccount.Secure(server.ManagementKey), RetryIntervalSec = 0.01, TimeoutSec = 1, RetryConnectionErrors = false,
        });
        using var on = new ByokClient(new ByokConnection
        {
            BaseUri = server.BaseUri, ApiKey = SandboxAccount.Secure(server.ManagementKey), RetryIntervalSec = 0.01, TimeoutSec = 1,
        });

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => GetAsync(server, off));
        await GetAsync(server, on);

        Assert.Equal((kind, 1), (error.Kind, error.Attempts));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Each_wait_is_reported_with_its_reason_and_the_error_has_the_number_of_attempts()
    {
        await using SandboxServer server = await StartAsync("Get:Status(503)");
        using var client = new ByokClient(new ByokConnection
        {
            BaseUri = server.BaseUri, ApiKey = SandboxAccount.Secure(server.ManagementKey),
            MaximumRetryCount = 4, RetryIntervalSec = 0.002, RetryBackoffExponent = 3, MaximumRetryIntervalSec = 0.01,
        });
        var trace = new RecordingTrace();

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => GetAsync(server, client, trace));

        Assert.Equal(5, error.Attempts);
        Assert.Equal(5, server.Requests.Count);
        Assert.Equal([1, 2, 3, 4], trace.Waits.Select(wait => wait.Attempts));
        Assert.All(trace.Waits, wait => Assert.Equal("server error 503", wait.Reason));
        double[] longest = [0.002, 0.006, 0.01, 0.01];
        Assert.All(trace.Waits.Zip(longest), wait => Assert.InRange(wait.First.Pause.TotalSeconds, wait.Second * 0.499, wait.Second * 1.001));
    }

    [Fact]
    public async Task A_wait_for_the_rate_limit_is_reported_by_every_request_that_it_holds_back()
    {
        await using SandboxServer server = await StartAsync("Get:RateLimited(1)x1");
        using var client = new ByokClient(Connect(server));
        var first = new RecordingTrace();
        var second = new RecordingTrace();

        Task rejected = GetAsync(server, client, first);
        await Wait.UntilAsync(() => !first.Waits.IsEmpty);
        await Task.WhenAll(rejected, GetAsync(server, client, second));

        (TimeSpan pause, string reason, int attempts) = Assert.Single(first.Waits);
        Assert.Equal((TimeSpan.FromSeconds(1), "rate limit", 1), (pause, reason, attempts));
        (pause, reason, attempts) = Assert.Single(second.Waits);
        Assert.Equal(("rate limit", 0), (reason, attempts));
        Assert.InRange(pause, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task The_first_request_of_a_connection_is_retried_too()
    {
        await using SandboxServer server = await StartAsync("List:Status(503)x2");
        using var client = new ByokClient(Connect(server));

        await client.CheckAsync(cancellationToken: Stop);

        Assert.Equal(3, server.Requests.Count);
    }

    [Theory]
    [InlineData(nameof(ByokConnection.TimeoutSec), 0)]
    [InlineData(nameof(ByokConnection.MaximumRetryCount), -1)]
    [InlineData(nameof(ByokConnection.RetryIntervalSec), -0.1)]
    [InlineData(nameof(ByokConnection.RetryIntervalSec), double.NaN)]
    [InlineData(nameof(ByokConnection.MaximumRetryIntervalSec), double.PositiveInfinity)]
    [InlineData(nameof(ByokConnection.RetryBackoffExponent), 0.9)]
    [InlineData(nameof(ByokConnection.MaximumRetryTimeSec), -1)]
    [InlineData(nameof(ByokConnection.RetryStatusCodes), 200)]
    [InlineData(nameof(ByokConnection.RetryStatusCodes), 600)]
    public void A_value_that_makes_no_sense_is_refused(string name, double value)
    {
        using var key = SandboxAccount.Secure("sk-or-v1-any");
        ByokConnection connection = name switch
        {
            nameof(ByokConnection.TimeoutSec) => new() { ApiKey = key, TimeoutSec = (int)value },
            nameof(ByokConnection.MaximumRetryCount) => new() { ApiKey = key, MaximumRetryCount = (int)value },
            nameof(ByokConnection.RetryIntervalSec) => new() { ApiKey = key, RetryIntervalSec = value },
            nameof(ByokConnection.MaximumRetryIntervalSec) => new() { ApiKey = key, MaximumRetryIntervalSec = value },
            nameof(ByokConnection.RetryBackoffExponent) => new() { ApiKey = key, RetryBackoffExponent = value },
            nameof(ByokConnection.MaximumRetryTimeSec) => new() { ApiKey = key, MaximumRetryTimeSec = value },
            _ => new() { ApiKey = key, RetryStatusCodes = [503, (int)value] },
        };

        ByokApiException refused = Assert.Throws<ByokApiException>(() => new ByokClient(connection));

        Assert.Equal(ByokErrorKind.BadRequest, refused.Kind);
        Assert.StartsWith(name, refused.Message, StringComparison.Ordinal);
    }

    private static ByokApiException Failure(int status, double? retryAfter) => new(ByokErrorKind.ServerError, "failed")
    {
        StatusCode = status, RetryAfter = retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
    };

    private static Task<SandboxServer> StartAsync(params string[] faults) => SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1, Faults = faults });

    private static ByokConnection Connect(SandboxServer server) => new()
    {
        BaseUri = server.BaseUri, ApiKey = SandboxAccount.Secure(server.ManagementKey), RetryIntervalSec = 0.01,
    };

    private static ByokConnection Connect(SandboxServer server, int[] statuses) => new()
    {
        BaseUri = server.BaseUri, ApiKey = SandboxAccount.Secure(server.ManagementKey), RetryIntervalSec = 0.01, RetryStatusCodes = statuses,
    };

    private static Task<ByokKey> GetAsync(SandboxServer server, ByokClient client, IByokTrace? trace = null) =>
        client.GetKeyAsync(server.Store.Keys[0].Id.ToString(), trace, Stop);
}
