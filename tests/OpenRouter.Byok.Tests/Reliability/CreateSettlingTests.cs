using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>The key of a failed create may appear seconds later; until then nothing is sent again.</summary>
public sealed class CreateSettlingTests
{
    private static readonly string[] Failures =
    [
        "StatusAfterCommit(408)", "StatusAfterCommit(500)", "StatusAfterCommit(502)", "StatusAfterCommit(503)", "StatusAfterCommit(504)",
        "StatusAfterCommit(520)", "StatusAfterCommit(522)", "StatusAfterCommit(524)", "ResetAfterCommit", "CloseAfterCommit",
    ];

    public static TheoryData<string> LateEffects =>
    [
        .. from late in new[] { "LateCommit(6000)", "ListLag(6000)" }
           from failure in Failures
           select $"{late}&{failure}",
        "LateCommit(1100)&StatusAfterCommit(502)",
        "ListLag(1100)&ResetAfterCommit",
        "ListLag(9000)&StatusAfterCommit(500)",
    ];

    [Theory]
    [MemberData(nameof(LateEffects))]
    public async Task A_key_that_shows_seconds_after_the_failure_is_returned_and_not_created_twice(string fault)
    {
        await using Account account = await Account.OpenAsync(faults: $"Create:{fault}x1");

        ByokKey created = await account.CreateAsync();

        Assert.Single(account.Server.Requests.Of(ApiOperation.Create));
        account.Store.ApplyPending();
        Assert.Equal(Assert.Single(account.Store.Keys).Id.ToString(), created.Id);
        Assert.Empty(account.Warnings);
    }

    [Theory]
    [InlineData("LateCommit(15000)")]
    [InlineData("ListLag(15000)")]
    public async Task A_key_that_shows_only_after_the_repeated_create_is_reported_with_both_ids(string late)
    {
        await using Account account = await Account.OpenAsync(faults: $"Create:{late}&StatusAfterCommit(502)x1");

        ByokKey created = await account.CreateAsync();

        Assert.Equal(2, account.Store.Count);
        string twin = account.Store.Keys.Single(key => key.Id.ToString() != created.Id).Id.ToString();
        string warning = Assert.Single(account.Warnings);
        Assert.Contains(created.Id, warning, StringComparison.Ordinal);
        Assert.Contains(twin, warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_create_is_repeated_after_looks_at_growing_distances_for_the_settling_time()
    {
        var time = new CountingTime();
        await using Account account = await Account.OpenAsync(timeoutSec: 600, time: time, faults: "Create:Status(502)x1");
        DateTimeOffset started = time.GetUtcNow();
        var arrivals = new List<(ApiOperation Operation, double After)>();
        account.Server.OnRequest = request =>
        {
            arrivals.Add((request.Operation, (time.GetUtcNow() - started).TotalSeconds));
            return Task.CompletedTask;
        };

        Task<ByokKey> create = account.CreateAsync();
        await Account.EndPausesAsync(time, create);
        await create;

        Assert.Equal(10, Reconciliation.SettlingTime.TotalSeconds);
        Assert.Equal(
            [
                (ApiOperation.Create, 0), (ApiOperation.List, 0), (ApiOperation.List, 1), (ApiOperation.List, 3), (ApiOperation.List, 7), (ApiOperation.List, 10),
                (ApiOperation.Create, 10), (ApiOperation.List, 20),
            ],
            arrivals);
        Assert.Equal(
            ["Waiting 1 s", "Waiting 2 s", "Waiting 4 s", "Waiting 3 s"],
            account.Said.Where(message => message.EndsWith(" before looking for the key again.", StringComparison.Ordinal)).Select(message => message[..11]));
        Assert.Equal([1, 2, 4, 3, 10], account.Waits.Select(wait => wait.TotalSeconds));
        Assert.Empty(account.Warnings);
    }

    [Fact]
    public async Task A_create_is_not_repeated_before_the_time_that_the_server_named()
    {
        await using Account account = await Account.OpenAsync(faults: "Create:Unavailable(25)x1");
        var arrivals = new List<DateTimeOffset>();
        account.Server.OnRequest = request =>
        {
            if (request.Operation == ApiOperation.Create)
            {
                arrivals.Add(account.Time.GetUtcNow());
            }

            return Task.CompletedTask;
        };

        await account.CreateAsync();

        Assert.Equal(2, arrivals.Count);
        Assert.InRange(arrivals[1] - arrivals[0], TimeSpan.FromSeconds(25), TimeSpan.MaxValue);
    }

    [Theory]
    [InlineData("Create:Status(429)x2", null)]
    [InlineData("Create:Status(400)", nameof(ByokErrorKind.BadRequest))]
    [InlineData("Create:Status(401)", nameof(ByokErrorKind.Unauthorized))]
    [InlineData("Create:Status(403)", nameof(ByokErrorKind.Forbidden))]
    public async Task Where_the_API_itself_refuses_a_create_there_is_no_look_and_no_wait(string fault, string? kind)
    {
        await using Account account = await Account.OpenAsync(faults: fault);

        string? failed = null;
        try
        {
            await account.CreateAsync();
        }
        catch (ByokApiException error)
        {
            failed = error.Kind.ToString();
        }

        Assert.Equal(kind, failed);
        Assert.Empty(account.Server.Requests.Of(ApiOperation.List));
        Assert.DoesNotContain(account.Said, message => message.Contains("ooking", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_connection_there_is_no_look_and_no_wait()
    {
        await using Account account = await Account.OpenAsync(retries: 1);
        await account.Server.DisposeAsync();

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => account.CreateAsync());

        Assert.Equal(ByokErrorKind.ConnectionFailed, error.Kind);
        Assert.DoesNotContain(account.Said, message => message.Contains("GET", StringComparison.Ordinal) || message.Contains("ooking", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("StatusAfterCommit(101)")]
    [InlineData("StatusAfterCommit(303)")]
    [InlineData("StatusAfterCommit(404)")]
    [InlineData("StatusAfterCommit(405)")]
    [InlineData("StatusAfterCommit(409)")]
    [InlineData("StatusAfterCommit(413)")]
    [InlineData("StatusAfterCommit(422)")]
    [InlineData("StatusAfterCommit(499)")]
    [InlineData("StatusAfterCommit(501)")]
    [InlineData("HtmlAfterCommit(400)")]
    [InlineData("HtmlAfterCommit(401)")]
    [InlineData("HtmlAfterCommit(403)")]
    [InlineData("HtmlAfterCommit(429)")]
    public async Task A_status_that_does_not_prove_that_nothing_was_created_is_an_open_outcome(string fault)
    {
        await using Account account = await Account.OpenAsync(faults: $"Create:{fault}x1");

        ByokKey created = await account.CreateAsync();

        Assert.Single(account.Server.Requests.Of(ApiOperation.Create));
        Assert.Equal(Assert.Single(account.Store.Keys).Id.ToString(), created.Id);
    }

    [Theory]
    [InlineData("Status(404)", nameof(ByokErrorKind.NotFound))]
    [InlineData("Status(409)", nameof(ByokErrorKind.Conflict))]
    [InlineData("Status(422)", nameof(ByokErrorKind.BadRequest))]
    [InlineData("HtmlPage(403)", nameof(ByokErrorKind.Forbidden))]
    [InlineData("Redirect('/elsewhere',303)", nameof(ByokErrorKind.BadResponse))]
    public async Task A_refusal_of_a_gateway_is_reported_as_it_is_once_the_list_shows_no_key(string fault, string kind)
    {
        await using Account account = await Account.OpenAsync(faults: $"Create:{fault}");
        DateTimeOffset started = account.Time.GetUtcNow();

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => account.CreateAsync());

        Assert.Equal(kind, error.Kind.ToString());
        Assert.Single(account.Server.Requests.Of(ApiOperation.Create));
        Assert.InRange(account.Time.GetUtcNow() - started, Reconciliation.SettlingTime, TimeSpan.MaxValue);
    }

    [Fact]
    public async Task Where_a_gateway_refuses_the_management_key_everywhere_the_command_ends()
    {
        await using Account account = await Account.OpenAsync(faults: "*:HtmlPage(401)");

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => account.CreateAsync());

        Assert.Equal(ByokErrorKind.Unauthorized, error.Kind);
        Assert.True(error.EndsTheCommand);
    }

    [Fact]
    public async Task A_key_whose_provider_the_server_stores_in_another_case_is_found()
    {
        await using Account account = await Account.OpenAsync(faults: "Create:StatusAfterCommit(502)x1");
        account.Server.OnHandled = request =>
        {
            if (request.Operation == ApiOperation.Create)
            {
                // The server knows the slug in lower case only.
                account.Store.Add("openai", "sk-test-0123456789-AbCd", "one");
            }

            return Task.CompletedTask;
        };

        ByokKey created = await account.Client.CreateKeyAsync(
            Account.NewKey("one", provider: "OpenAI"), account, TestContext.Current.CancellationToken);

        Assert.Single(account.Server.Requests.Of(ApiOperation.Create));
        Assert.Equal(Assert.Single(account.Store.Keys).Id.ToString(), created.Id);
    }
}
