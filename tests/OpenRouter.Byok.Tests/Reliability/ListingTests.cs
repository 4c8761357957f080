using FsCheck;
using FsCheck.Fluent;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>A listing is complete and without repetition whatever happens meanwhile.</summary>
public sealed class ListingTests
{
    /// <summary>The same cases in every run; <c>BYOK_CASES</c> asks for more of them.</summary>
    private static readonly Config Cases = Config.QuickThrowOnFailure
        .WithMaxTest(int.TryParse(Environment.GetEnvironmentVariable("BYOK_CASES"), out int cases) ? cases : 4000)
        .WithReplay(20_251_121, 7)
        .WithQuietOnSuccess(true);

    [Fact]
    public void Every_lasting_record_comes_out_exactly_once_in_order_whatever_is_created_and_deleted() =>
        AssertComplete(ListingCase.Faithful);

    [Fact]
    public void The_same_holds_where_the_server_caps_pages_and_counts_wrong_or_not_at_all() =>
        AssertComplete(ListingCase.Unfaithful);

    [Fact]
    public void The_first_N_are_N_of_the_list_and_none_twice() =>
        Prop.ForAll(ListingCase.Faithful, Gen.Choose(1, 70).ToArbitrary(), (listing, first) =>
        {
            var model = new ListingModel(listing);
            model.Run(first: first);
            return model.Given.Count <= first
                && model.Given.Distinct().Count() == model.Given.Count
                && (model.Given.Count == first || model.Lasting.All(model.Given.Contains));
        }).Check(Cases);

    [Fact]
    public void A_list_that_changes_with_every_request_is_given_up_after_a_bounded_number_of_requests_and_not_in_silence() =>
        Prop.ForAll(ListingCase.Faithful, Gen.Choose(1, 20).ToArbitrary(), (listing, changes) =>
        {
            var random = new Random(changes + (31 * listing.Records));
            var model = new ListingModel(listing with { Steps = [] })
            {
                Churn = churned =>
                {
                    for (int change = 0; change < changes; change++)
                    {
                        churned.Delete(random.Next(100));
                        churned.Create(random.Next(100));
                    }
                },
            };
            model.Run();

            // What was read for nothing counts too: a window for each page that turned out to have moved.
            double pages = 1.0 + (model.Given.Count / (double)(listing.PageSize - 1));
            return model.Requests <= (16 + (4 * pages) + 1) * listing.ReadAhead
                && model.Given.Distinct().Count() == model.Given.Count
                && (model.Warnings.Count > 0 || model.Lasting.All(model.Given.Contains));
        }).Check(Cases);

    /// <summary>As where somebody else deletes from the front of the list all the time.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(4, 0)]
    [InlineData(20, 0)]
    [InlineData(4, 1)]
    [InlineData(4, 2)]
    [InlineData(4, 3)]
    public void A_list_that_shrinks_with_every_request_is_read_to_its_end(int deletes, int totals)
    {
        var model = new ListingModel(new ListingCase(Records: 3000, PageSize: 100, ReadAhead: 8, Cap: int.MaxValue, totals, Steps: []))
        {
            Churn = churned =>
            {
                for (int delete = 0; delete < deletes; delete++)
                {
                    churned.Delete(0);
                }
            },
        };
        model.Run();

        Assert.Empty(model.Warnings);
        Assert.Equal(model.Lasting, model.Given.Where(model.Lasting.ToHashSet().Contains));
    }

    /// <summary>Without a count nothing tells a list of one record from a page of one.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_server_that_counts_and_gives_one_record_at_a_time_is_not_believed_in_silence(int totals)
    {
        var model = new ListingModel(new ListingCase(Records: 9, PageSize: 5, ReadAhead: 2, Cap: 1, totals, Steps: []));
        model.Run();

        Assert.NotEmpty(model.Warnings);
    }

    [Fact]
    public void Skipping_gives_what_follows_although_all_that_was_given_is_deleted()
    {
        var model = new ListingModel(new ListingCase(
            Records: 40, PageSize: 5, ReadAhead: 1, Cap: int.MaxValue, Totals: 0, [.. Enumerable.Range(0, 400).Select(step => new ListingStep((ListingEvent)(1 + (step % 4)), 0)).Where(step => step.Event != ListingEvent.Create)]));
        IReadOnlyList<string> before = model.Records;
        model.Run(start: 10);

        Assert.Equal(before.Skip(10), model.Given);
        Assert.Empty(model.Warnings);
    }

    [Fact]
    public void Skipping_warns_where_records_before_the_start_went_and_the_place_is_lost()
    {
        var model = new ListingModel(new ListingCase(Records: 40, PageSize: 5, ReadAhead: 1, Cap: int.MaxValue, Totals: 0, Steps: []))
        {
            Churn = churned =>
            {
                if (churned.Given.Count > 0)
                {
                    churned.Delete(0);
                    churned.Delete(0);
                }
            },
        };
        model.Run(start: 10);

        Assert.True(model.Warnings.Count > 0 || model.Lasting.Skip(10).All(model.Given.Contains));
    }

    [Fact]
    public void No_more_records_are_asked_for_than_are_wanted()
    {
        foreach (int first in new[] { 1, 2, 3, 99, 100, 101, 198, 250 })
        {
            var model = new ListingModel(new ListingCase(Records: 1000, PageSize: 100, ReadAhead: 8, Cap: int.MaxValue, Totals: 0, Steps: []));
            model.Run(first: first);

            Assert.Equal(first, model.Given.Count);
            Assert.Equal(Math.Max(1, (first + 97) / 99), model.Requests);

            // One record of overlap for each page after the first.
            Assert.Equal(first + model.Requests - 1, model.RecordsAsked);
        }
    }

    [Fact]
    public void A_list_without_changes_costs_one_request_for_each_page_and_one_to_know_the_end()
    {
        foreach (int records in new[] { 0, 1, 99, 100, 101, 5000 })
        {
            var model = new ListingModel(new ListingCase(records, PageSize: 100, ReadAhead: 8, Cap: int.MaxValue, Totals: 0, Steps: []));
            model.Run();

            Assert.Equal(records, model.Given.Count);
            Assert.InRange(model.Requests, 1, 1 + (records / 99) + 1);
            Assert.Empty(model.Warnings);
        }
    }

    [Fact]
    public async Task The_look_after_a_full_last_page_does_not_wait_for_that_page()
    {
        await using Account account = await Account.OpenAsync(new SandboxOptions { SeedCount = 199 });
        var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        account.Server.OnRequest = request =>
        {
            if (request.Query.Contains("offset=198&", StringComparison.Ordinal))
            {
                looked.TrySetResult();
            }

            // The last page is held back until then.
            return request.Query.Contains("offset=99&", StringComparison.Ordinal) ? looked.Task : Task.CompletedTask;
        };

        Task<int> listing = account.Client.ListKeysAsync(cancellationToken: TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken).AsTask();

        Assert.Equal(199, await listing.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(3, account.Server.Requests.Count);
    }

    [Fact]
    public void A_server_that_ignores_the_offset_is_given_up_with_a_warning()
    {
        var model = new ListingModel(new ListingCase(Records: 20, PageSize: 5, ReadAhead: 4, Cap: int.MaxValue, Totals: 0, Steps: [])) { IgnoresOffset = true };
        model.Run();

        Assert.Single(model.Warnings);
        Assert.Equal(5, model.Given.Count);
        Assert.InRange(model.Requests, 1, 160);
    }

    [Fact]
    public void What_is_remembered_of_an_id_is_told_apart_only_by_the_id()
    {
        var set = new IdSet();

        Assert.True(set.Add("11111111-2222-3333-4444-55555555555a"));
        Assert.False(set.Add("11111111-2222-3333-4444-55555555555A"));
        Assert.True(set.Add("no-uuid"));
        Assert.True(set.Add("NO-UUID"));
        Assert.False(set.Add("no-uuid"));
        Assert.Equal(3, set.Count);
    }

    private static void AssertComplete(Arbitrary<ListingCase> listings)
    {
        int all = 0;
        int givenUp = 0;
        Prop.ForAll(listings, listing =>
        {
            var model = new ListingModel(listing);
            model.Run();
            bool isComplete = model.Lasting.SequenceEqual(model.Given.Where(model.Lasting.ToHashSet().Contains));
            all++;
            givenUp += isComplete ? 0 : 1;
            return model.Given.Distinct().Count() == model.Given.Count && (isComplete || model.Warnings.Count > 0);
        }).Check(Cases);

        // A bound that is hit is no silent loss, and only a list that changes all the time hits it.
        Assert.True(givenUp <= all / 1000, $"{givenUp} of {all} listings were given up.");
    }
}
