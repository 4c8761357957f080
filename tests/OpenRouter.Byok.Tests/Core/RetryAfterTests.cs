using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Core;

/// <summary>A pause that the server asks for is never ignored.</summary>
public sealed class RetryAfterTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("120", 120)]
    [InlineData("1.5", 1.5)]
    [InlineData(" 30 ", 30)]
    [InlineData("30s", 30)]
    [InlineData("30 seconds", 30)]
    [InlineData("-5", 0)]
    [InlineData("Sun, 01 Nov 2026 12:01:00 GMT", 60)]
    [InlineData("Sunday, 01-Nov-26 12:01:00 GMT", 60)]
    [InlineData("Sun, 01 Nov 2026 11:00:00 GMT", 0)]
    public void A_time_is_read(string text, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Read(text));

    [Theory]
    [InlineData("2147483648")]
    [InlineData("4294967296")]
    [InlineData("99999999999999999999999999")]
    [InlineData("1e30")]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT")]
    [InlineData("Fri, 31 Dec 99999 23:59:59 GMT")]
    [InlineData("Mon, 00 Foo 2026 99:99:99 GMT")]
    [InlineData("2026-11-01T12:01:00Z 7")]
    [InlineData("soon")]
    public void A_huge_or_unreadable_time_is_longer_than_anybody_waits(string text) => Assert.InRange(Read(text)!.Value, TimeSpan.FromDays(10_000), RetryAfter.VeryLong);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public void No_time_is_none(string? text) => Assert.Null(Read(text));

    [Fact]
    public void A_date_counts_by_the_servers_own_clock()
    {
        using var response = new HttpResponseMessage();
        response.Headers.Date = Now.AddHours(5);
        response.Headers.TryAddWithoutValidation("Retry-After", "Sun, 01 Nov 2026 17:00:20 GMT");

        Assert.Equal(TimeSpan.FromSeconds(20), RetryAfter.Read(response.Headers, Now));
    }

    [Theory]
    [InlineData(429, "4294967296")]
    [InlineData(503, "4294967296")]
    [InlineData(503, "99999999999999999999")]
    [InlineData(429, "Fri, 31 Dec 99999 23:59:59 GMT")]
    public async Task A_request_is_not_sent_again_before_a_huge_time(int status, string time)
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        account.Server.Faults.Add(Faults.Status(status, new Dictionary<string, string> { ["Retry-After"] = time }), ApiOperation.Get);

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(
            () => account.Client.GetKeyAsync(account.Server.Store.Keys[0].Id.ToString(), cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal((status, 1), (error.StatusCode, error.Attempts));
        Assert.True(error.RetryAfter > TimeSpan.FromDays(10_000));
        Assert.Equal(status == 429, error.EndsTheCommand);
        Assert.Single(account.Server.Requests);
    }

    private static TimeSpan? Read(string? text)
    {
        using var response = new HttpResponseMessage();
        if (text is not null)
        {
            Assert.True(response.Headers.TryAddWithoutValidation("Retry-After", text));
        }

        return RetryAfter.Read(response.Headers, Now);
    }
}
