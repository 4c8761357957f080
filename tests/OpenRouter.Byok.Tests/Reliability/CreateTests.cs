using System.Collections.Concurrent;
using FsCheck;
using FsCheck.Fluent;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>One call makes exactly one key, or reports that it made none, or that the outcome is unknown.</summary>
public sealed class CreateTests
{
    [Theory]
    [InlineData("Create:StatusAfterCommit(502)x3")]
    [InlineData("Create:StatusAfterCommit(500)x3")]
    [InlineData("Create:StatusAfterCommit(504)x3")]
    [InlineData("Create:ResetAfterCommitx3")]
    [InlineData("Create:CloseAfterCommitx3")]
    [InlineData("Create:ResetBeforeCommitx3")]
    [InlineData("Create:ResetBeforeBodyx2")]
    [InlineData("Create:CloseBeforeCommitx2")]
    [InlineData("Create:Status(503)x2")]
    [InlineData("Create:Status(502)x3")]
    [InlineData("Create:Status(429)x2")]
    [InlineData("Create:HtmlPage(502)x2")]
    [InlineData("Create:HtmlAfterCommit(502)x2")]
    [InlineData("Create:TruncatedBodyx1")]
    [InlineData("Create:BrokenJsonx1")]
    [InlineData("Create:EmptyBodyx1")]
    [InlineData("Create:HtmlAfterCommit(200)x1")]
    [InlineData("Create:Status(502)x2", "Create:StatusAfterCommit(502)x1")]
    public async Task A_create_whose_response_fails_makes_exactly_one_key_and_returns_it(params string[] faults)
    {
        await using Account account = await Account.OpenAsync(faults: faults);

        ByokKey created = await account.CreateAsync();

        SandboxKey stored = Assert.Single(account.Store.Keys);
        Assert.Equal(stored.Id.ToString(), created.Id);
        Assert.Empty(account.Server.Requests.Of(ApiOperation.Delete));
        Assert.Empty(account.Warnings);
    }

    [Fact]
    public async Task A_create_that_hangs_and_is_not_seen_afterwards_has_an_unknown_outcome()
    {
        await using Account account = await Account.OpenAsync(timeoutSec: 1, faults: "Create:Hang");

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => account.CreateAsync());

        Assert.Equal(ByokErrorKind.CreateOutcomeUnknown, error.Kind);
        Assert.Single(account.Server.Requests.Of(ApiOperation.Create));
        Assert.Contains("Get-ByokKey", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_create_that_hangs_after_it_was_done_is_found()
    {
        await using Account account = await Account.OpenAsync(timeoutSec: 1, faults: "Create:HangAfterCommit");

        ByokKey created = await account.CreateAsync();

        Assert.Equal(Assert.Single(account.Store.Keys).Id.ToString(), created.Id);
    }

    [Fact]
    public async Task A_success_that_the_list_does_not_show_has_an_unknown_outcome()
    {
        await using Account account = await Account.OpenAsync(faults: "Create:HtmlPage(200)");

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => account.CreateAsync());

        Assert.Equal(ByokErrorKind.CreateOutcomeUnknown, error.Kind);
        Assert.Single(account.Server.Requests.Of(ApiOperation.Create));
    }

    [Fact]
    public async Task Where_the_list_cannot_be_read_after_a_failure_the_outcome_is_unknown()
    {
        await using Account account = await Account.OpenAsync(retries: 1, faults: ["Create:StatusAfterCommit(502)", "List:Status(500)"]);

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => account.CreateAsync());

        Assert.Equal(ByokErrorKind.CreateOutcomeUnknown, error.Kind);
        Assert.Single(account.Store.Keys);
    }

    [Fact]
    public async Task Where_every_attempt_fails_and_none_took_effect_the_last_failure_is_the_error()
    {
        await using Account account = await Account.OpenAsync(retries: 2, faults: "Create:Status(502)");

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => account.CreateAsync());

        Assert.Equal(ByokErrorKind.ServerError, error.Kind);
        Assert.Equal(3, account.Server.Requests.Of(ApiOperation.Create).Count);
        Assert.Empty(account.Store.Keys);
    }

    [Fact]
    public async Task Identical_creates_side_by_side_make_one_key_each()
    {
        await using Account account = await Account.OpenAsync(faults: ["Create:StatusAfterCommit(502)%3", "Create:ResetBeforeCommit%2", "Create:ResetAfterCommit%5"]);

        ByokKey[] created = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => account.CreateAsync()));

        Assert.Equal(12, account.Store.Count);
        Assert.Equal(account.Store.Keys.Select(key => key.Id.ToString()).Order(), created.Select(key => key.Id).Order());
    }

    [Fact]
    public async Task Creates_of_the_same_name_with_other_raw_keys_never_return_each_others_key()
    {
        await using Account account = await Account.OpenAsync(faults: ["Create:StatusAfterCommit(502)%2", "Create:ResetBeforeCommit%3"]);

        (string Key, ByokKey Created)[] created = await Task.WhenAll(Enumerable.Range(0, 12).Select(async number =>
        {
            string key = $"sk-test-0123456789-{number:D4}";
            return (key, await account.CreateAsync("same", key));
        }));

        Assert.Equal(12, account.Store.Count);
        Assert.All(created, pair => Assert.Equal(pair.Key, account.Store.RawKey(Guid.Parse(pair.Created.Id))));
    }

    [Fact]
    public async Task Creates_whose_raw_keys_have_the_same_mask_are_not_confused()
    {
        await using Account account = await Account.OpenAsync(faults: ["Create:StatusAfterCommit(502)x1", "Create:Status(502)x1"]);

        // The same first and last characters, so that their labels are the same.
        Task<ByokKey>[] tasks = [account.CreateAsync("same", "sk-AAAAAAAAAAAA-last"), account.CreateAsync("same", "sk-BBBBBBBBBBBB-last")];
        await Task.WhenAll(tasks.Select(task => (Task)task.ContinueWith(done => done.Exception, TaskScheduler.Default)));

        foreach ((Task<ByokKey> task, string key) in tasks.Zip(["sk-AAAAAAAAAAAA-last", "sk-BBBBBBBBBBBB-last"]))
        {
            if (task.IsCompletedSuccessfully)
            {
                Assert.Equal(key, account.Store.RawKey(Guid.Parse((await task).Id)));
            }
            else
            {
                Assert.Equal(ByokErrorKind.CreateOutcomeUnknown, ((ByokApiException)task.Exception!.InnerException!).Kind);
            }
        }

        Assert.InRange(account.Store.Count, 1, 2);
    }

    [Fact]
    public async Task A_name_that_shares_characters_with_the_key_is_recognised()
    {
        await using Account account = await Account.OpenAsync(faults: "Create:StatusAfterCommit(502)x3");

        ByokKey created = await account.CreateAsync("production-key-1", "sk-production-key-1-0123456789");

        Assert.Equal(Assert.Single(account.Store.Keys).Id.ToString(), created.Id);
    }

    [Fact]
    public async Task A_twin_that_was_there_before_is_not_taken_for_the_new_one()
    {
        await using Account account = await Account.OpenAsync(faults: "Create:StatusAfterCommit(502)x1");

        // Of two keys with the same values the newer one is used, so the older one must be older by the server's clock.
        SandboxKey twin = account.Store.Add("openai", "sk-test-0123456789-AbCd", "one", key => key with { CreatedAt = key.CreatedAt.AddMilliseconds(-50) });

        ByokKey created = await account.CreateAsync();

        Assert.NotEqual(twin.Id.ToString(), created.Id);
        Assert.Equal(2, account.Store.Count);
    }

    [Fact]
    public async Task An_old_twin_does_not_keep_a_create_from_being_repeated()
    {
        await using Account account = await Account.OpenAsync(faults: "Create:ResetBeforeCommitx2");
        SandboxKey twin = account.Store.Add("openai", "sk-test-0123456789-AbCd", "one", key => key with { CreatedAt = key.CreatedAt.AddHours(-1) });

        ByokKey created = await account.CreateAsync();

        Assert.NotEqual(twin.Id.ToString(), created.Id);
        Assert.Equal(2, account.Store.Count);
    }

    [Fact]
    public async Task A_key_that_is_a_little_too_old_for_the_clocks_leaves_the_outcome_unknown()
    {
        await using Account account = await Account.OpenAsync(faults: "Create:StatusAfterCommit(502)");

        // The clock behind created_at is ten seconds behind the one that dates responses.
        account.Server.OnHandled = request =>
        {
            if (request.Operation == ApiOperation.Create)
            {
                foreach (SandboxKey key in account.Store.Keys)
                {
                    account.Store.Update(key.Id, stored => stored with { CreatedAt = account.Time.GetUtcNow().AddSeconds(-10) });
                }
            }

            return Task.CompletedTask;
        };

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => account.CreateAsync());

        Assert.Equal(ByokErrorKind.CreateOutcomeUnknown, error.Kind);
        Assert.Contains(Assert.Single(account.Store.Keys).Id.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_key_that_appeared_under_another_name_leaves_the_outcome_unknown()
    {
        await using Account account = await Account.OpenAsync(faults: "Create:StatusAfterCommit(502)");
        account.Server.OnHandled = request =>
        {
            if (request.Operation == ApiOperation.Create)
            {
                account.Store.Update(account.Store.Keys[0].Id, stored => stored with { Name = "renamed by somebody" });
            }

            return Task.CompletedTask;
        };

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => account.CreateAsync());

        Assert.Equal(ByokErrorKind.CreateOutcomeUnknown, error.Kind);
        Assert.Single(account.Store.Keys);
    }

    /// <summary>
    /// White space around a JSON document is sent as it is. The listing shows a line break as a visible character, and a
    /// server may store a raw key without it.
    /// </summary>
    [Theory]
    [InlineData("\n", false)]
    [InlineData("\r\n", false)]
    [InlineData("\n", true)]
    [InlineData(" \t\r\n", true)]
    public async Task A_document_with_white_space_after_it_is_recognised(string end, bool serverTrims)
    {
        string key = """{"key":"sk-test-0123456789-AbCd"}""" + end;
        await using Account account = await Account.OpenAsync(faults: "Create:StatusAfterCommit(502)x3");
        account.Server.OnHandled = request =>
        {
            if (serverTrims && request.Operation == ApiOperation.Create)
            {
                account.Store.Update(account.Store.Keys[0].Id, stored => stored with { Label = KeyLabel.Mask(key.Trim()) });
            }

            return Task.CompletedTask;
        };

        ByokKey created = await account.Client.CreateKeyAsync(Account.NewKey("one", key, "anthropic"), account, TestContext.Current.CancellationToken);

        Assert.Equal(Assert.Single(account.Store.Keys).Id.ToString(), created.Id);
    }

    [Theory]
    [InlineData("label", null)]
    [InlineData("label", "")]
    [InlineData("label", "a key of this account")]
    [InlineData("provider", null)]
    [InlineData("workspace_id", null)]
    public async Task A_new_key_without_a_field_that_would_identify_it_leaves_the_outcome_unknown(string field, string? shown)
    {
        await using Account account = await Account.OpenAsync(
            new SandboxOptions
            {
                Shape = new ResponseShape
                {
                    LeftOutFields = new HashSet<string> { field },
                    ExtraFields = shown is null ? new Dictionary<string, string>() : new Dictionary<string, string> { [field] = $"\"{shown}\"" },
                },
            },
            faults: "Create:StatusAfterCommit(502)");
        CreateByokKeyRequest request = Account.NewKey("one") with { WorkspaceId = account.Store.DefaultWorkspaceId.ToString() };

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(() => account.Client.CreateKeyAsync(request, account, TestContext.Current.CancellationToken));

        Assert.Equal(ByokErrorKind.CreateOutcomeUnknown, error.Kind);
        Assert.Contains(Assert.Single(account.Store.Keys).Id.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_shows_a_moment_after_the_failure_is_found_however_short_the_retry_interval()
    {
        SandboxStore? store = null;
        var time = new ShortPauses
        {
            OnPause = pause =>
            {
                if (pause >= TimeSpan.FromSeconds(0.3) && store?.Count == 0)
                {
                    store.Add("openai", "sk-test-0123456789-AbCd", "one");
                }
            },
        };
        await using Account account = await Account.OpenAsync(interval: 0, time: time, faults: "Create:Status(502)x1");
        store = account.Store;

        ByokKey created = await account.CreateAsync();

        Assert.Single(account.Server.Requests.Of(ApiOperation.Create));
        Assert.Equal(Assert.Single(account.Store.Keys).Id.ToString(), created.Id);
    }

    [Fact]
    public async Task A_key_that_a_failed_attempt_made_too_late_is_reported()
    {
        await using Account account = await Account.OpenAsync(retries: 1, faults: "Create:Status(502)x1");
        account.Server.OnHandled = request =>
        {
            if (request.Operation == ApiOperation.Create)
            {
                // The gateway timed out on the first attempt; the server processes it only now.
                account.Server.OnHandled = null;
                account.Store.Add("openai", "sk-test-0123456789-AbCd", "one");
            }

            return Task.CompletedTask;
        };

        ByokKey created = await account.CreateAsync();

        string late = account.Store.Keys.Single(key => key.Id.ToString() != created.Id).Id.ToString();
        Assert.Contains(account.Warnings, warning => warning.Contains(late, StringComparison.Ordinal));
    }

    [Fact]
    public void Whatever_fails_and_however_many_run_at_once_there_are_as_many_keys_as_successes()
    {
        string[] faults =
        [
            "StatusAfterCommit(502)", "StatusAfterCommit(500)", "ResetAfterCommit", "CloseAfterCommit", "ResetBeforeCommit", "ResetBeforeBody", "Status(503)",
            "Status(500)", "HtmlAfterCommit(502)", "HtmlPage(502)", "TruncatedBody", "BrokenJson", "EmptyBody", "Status(400)", "Status(403)",
            "LateCommit(6000)&StatusAfterCommit(502)", "LateCommit(3000)&ResetAfterCommit", "ListLag(6000)&StatusAfterCommit(500)", "ListLag(6000)",
            "StatusAfterCommit(303)", "StatusAfterCommit(404)", "HtmlAfterCommit(403)", "DuplicatedResponse", "WrongId",
        ];
        Gen<(int[] Chosen, int Rows, int Keys, int Connections)> cases =
            from chosen in Gen.ArrayOf(Gen.Choose(0, faults.Length - 1), 3)
            from rows in Gen.Choose(1, 16)
            from keys in Gen.Choose(1, 3)
            from connections in Gen.Choose(1, 3)
            select (chosen, rows, keys, connections);
        Prop.ForAll(Arb.From(cases), item => IsExactAsync([.. item.Chosen.Select(fault => faults[fault])], item.Rows, item.Keys, item.Connections).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithReplay(11, 13).WithQuietOnSuccess(true));
    }

    private static async Task<bool> IsExactAsync(string[] faults, int rows, int keys, int connections)
    {
        await using Account account = await Account.OpenAsync(
            retries: 3, faults: [.. faults.Select((fault, index) => $"Create:{fault}~0.25#{index + 1}")]);
        ByokClient[] clients = [.. Enumerable.Range(0, connections).Select(_ => new ByokClient(account.Connection, account.Time))];
        var created = new ConcurrentBag<(string Key, string Id)>();
        int unknown = 0;
        await Task.WhenAll(Enumerable.Range(0, rows).Select(async row =>
        {
            string key = $"sk-test-0123456789-{row % keys:D4}";
            try
            {
                ByokKey made = await clients[row % connections].CreateKeyAsync(Account.NewKey("same", key), account, TestContext.Current.CancellationToken).ConfigureAwait(false);
                created.Add((key, made.Id));
            }
            catch (ByokApiException error)
            {
                Interlocked.Add(ref unknown, error.Kind == ByokErrorKind.CreateOutcomeUnknown ? 1 : 0);
            }
        })).ConfigureAwait(false);

        Array.ForEach(clients, client => client.Dispose());
        account.Store.ApplyPending();

        // A key with an unknown outcome may exist or not; every other key exists once for each success.
        return created.Select(pair => pair.Id).Distinct().Count() == created.Count
            && created.All(pair => account.Store.RawKey(Guid.Parse(pair.Id)) == pair.Key)
            && account.Store.Count >= created.Count
            && account.Store.Count <= created.Count + unknown;
    }
}
