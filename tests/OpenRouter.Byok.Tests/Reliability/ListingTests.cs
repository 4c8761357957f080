using FsCheck;
using FsCheck.Fluent;
using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>A listing is complete and has no repetition, whatever happens during it.</summary>
public sealed class ListingTests
{
    /// <summary>The same cases in every run; <c>BYOK_CASES</c> sets a larger number.</summary>
    private static readonly Config Cases = Config.QuickThrowOnFailure
        .WithMaxTest(int.TryParse(Environment.GetEnvironmentVariable("BYOK_CASES"), out int cases) ? cases : 4000)
        .WithReplay(20_251_121, 7)
        .WithQuietOnSuccess(true);

    [Fact]
    public void Every_lasting_record_is_returned_exactly_once_in_order_whatever_is_created_and_deleted() =>
        AssertComplete(ListingCase.Faithful, isOrdered: true, mostStopped: 0.001);

    [Fact]
    public void The_same_holds_where_the_server_caps_pages_and_counts_wrong_or_not_at_all() =>
        AssertComplete(ListingCase.Unfaithful, isOrdered: true, mostStopped: 0.001);

    [Fact]
    public void Every_lasting_record_is_returned_exactly_once_where_each_page_has_one_record() =>
        AssertComplete(ListingCase.Single, isOrdered: false, mostStopped: 0.02);

    [Fact]
    public void Every_record_is_returned_exactly_once_where_the_server_moves_records() =>
        AssertComplete(ListingCase.Moving, isOrdered: false, mostStopped: 0.001);

    /// <summary>A create and a delete at the same moment can hide a move; no client can detect that.</summary>
    [Fact]
    public void Where_records_are_moved_created_and_deleted_at_once_almost_none_is_missed_in_silence()
    {
        int all = 0;
        int silent = 0;
        Prop.ForAll(ListingCase.MovingAndChanging, listing =>
        {
            var model = new ListingModel(listing);
            model.Run();
            all++;
            silent += model.Missing.Count > 0 && model.Warnings.Count == 0 ? 1 : 0;
            return model.IsDistinct;
        }).Check(Cases);

        Assert.True(silent <= all / 200, $"{silent} of {all} listings missed a record in silence.");
    }

    [Fact]
    public void The_first_N_are_N_of_the_list_and_none_twice() =>
        Prop.ForAll(ListingCase.Faithful, Gen.Choose(1, 70).ToArbitrary(), (listing, first) =>
        {
            var model = new ListingModel(listing);
            model.Run(first: first);
            return model.Given.Count <= first && model.IsDistinct && (model.Given.Count == first || model.Missing.Count == 0);
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

            // Pages that were read in vain count too: a window for each page that had moved.
            double pages = 1.0 + (model.Given.Count / (double)(listing.PageSize - 1));
            return model.Requests <= (16 + (4 * pages) + 1) * listing.ReadAhead
                && model.IsDistinct
                && (model.Warnings.Count > 0 || model.Missing.Count == 0);
        }).Check(Cases);

    /// <summary>For example if somebody else deletes from the start of the list all the time.</summary>
    [Theory]
    [InlineData(1, nameof(ListingCount.Right))]
    [InlineData(4, nameof(ListingCount.Right))]
    [InlineData(20, nameof(ListingCount.Right))]
    [InlineData(4, nameof(ListingCount.None))]
    [InlineData(4, nameof(ListingCount.TooHigh))]
    [InlineData(4, nameof(ListingCount.TooLow))]
    [InlineData(4, nameof(ListingCount.Lagging))]
    [InlineData(4, nameof(ListingCount.Absurd))]
    public void A_list_that_shrinks_with_every_request_is_read_to_its_end(int deletes, string count)
    {
        var model = new ListingModel(ListingCase.Quiet(3000, count: Enum.Parse<ListingCount>(count)))
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

    /// <summary>Only records that existed at the start must be returned, so records that are appended all the time need not be.</summary>
    [Theory]
    [InlineData(1000, 1, nameof(ListingCount.Right), false)]
    [InlineData(1000, 1, nameof(ListingCount.Lagging), false)]
    [InlineData(1000, 30, nameof(ListingCount.Lagging), false)]
    [InlineData(1000, 1000, nameof(ListingCount.Lagging), true)]
    [InlineData(1000, 1, nameof(ListingCount.TooLow), false)]
    [InlineData(1000, 30, nameof(ListingCount.TooLow), false)]
    [InlineData(1000, 1, nameof(ListingCount.None), true)]
    [InlineData(1000, 10, nameof(ListingCount.None), true)]
    [InlineData(5, 1, nameof(ListingCount.Lagging), false)]
    [InlineData(5, 4, nameof(ListingCount.Lagging), true)]
    [InlineData(5, 30, nameof(ListingCount.Lagging), true)]
    public void A_list_that_grows_with_every_request_ends(int records, int creates, string count, bool mayWarn)
    {
        var model = new ListingModel(ListingCase.Quiet(records, count: Enum.Parse<ListingCount>(count)))
        {
            Churn = churned =>
            {
                for (int create = 0; create < creates; create++)
                {
                    churned.Create(100);
                }
            },
        };
        model.Run();

        Assert.Empty(model.Missing);
        Assert.True(model.IsDistinct);
        Assert.InRange(model.Requests, 1, 300);
        if (!mayWarn)
        {
            Assert.Empty(model.Warnings);
        }
    }

    [Theory]
    [InlineData(1L << 61)]
    [InlineData((1L << 61) + 1)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void An_absurd_count_is_ignored_without_a_warning(long count)
    {
        foreach (int records in new[] { 0, 1, 2, 3, 5, 99, 100, 101, 250 })
        {
            var model = new ListingModel(ListingCase.Quiet(records)) { TotalCountOf = _ => count };
            IReadOnlyList<string> all = model.Records;
            model.Run();

            Assert.Equal(all, model.Given);
            Assert.Empty(model.Warnings);
            Assert.InRange(model.Requests, 1, 4 + 8);
        }
    }

    /// <summary>Offsets and sums of offsets must not overflow.</summary>
    [Fact]
    public void A_start_and_a_number_of_records_at_the_end_of_their_range_are_understood()
    {
        var far = new ListingModel(ListingCase.Quiet(9));
        far.Run(start: long.MaxValue, first: long.MaxValue);
        Assert.Empty(far.Given);
        Assert.Equal(1, far.Requests);

        var all = new ListingModel(ListingCase.Quiet(250));
        all.Run(first: long.MaxValue);
        Assert.Equal(all.Records, all.Given);
        Assert.Equal(3, all.Requests);
    }

    [Fact]
    public void A_server_that_returns_one_record_for_each_page_is_read_to_the_end()
    {
        foreach (ListingCount count in Enum.GetValues<ListingCount>())
        {
            foreach (int records in new[] { 0, 1, 2, 9 })
            {
                var model = new ListingModel(ListingCase.Quiet(records, pageSize: 5, readAhead: 2, cap: 1, count: count));
                IReadOnlyList<string> all = model.Records;
                model.Run();

                Assert.Equal(all, model.Given);
                Assert.Empty(model.Warnings);
                Assert.InRange(model.Requests, 1, (2 * records) + 2);
            }
        }
    }

    [Fact]
    public void A_server_that_returns_one_record_for_each_page_and_is_read_from_further_on_warns()
    {
        var model = new ListingModel(ListingCase.Quiet(9, pageSize: 5, cap: 1));
        model.Run(start: 3);

        Assert.Equal(model.Records.Skip(3), model.Given);
        Assert.Single(model.Warnings);
    }

    /// <summary>The record is unread when it is moved to a place that was read.</summary>
    [Theory]
    [InlineData(60)]
    [InlineData(99)]
    public void A_record_that_is_moved_to_the_part_already_read_is_found(int place)
    {
        string moved = string.Empty;
        var model = new ListingModel(ListingCase.Quiet(500))
        {
            Churn = churned =>
            {
                if (moved.Length == 0 && churned.Given.Count > 0)
                {
                    moved = churned.Records[place * 5];
                    churned.Move(moved, 0);
                }
            },
        };
        model.Run();

        Assert.Equal(moved, model.Given[^1]);
        Assert.Empty(model.Missing);
        Assert.Empty(model.Warnings);

        // One reading shows the move, and one more reading is enough.
        Assert.InRange(model.Requests, 11, 13);
    }

    /// <summary>One record leaves the part that was read while another one enters it, so that no other record moves.</summary>
    [Fact]
    public void A_record_that_changes_places_with_one_already_read_is_found()
    {
        bool isMoved = false;
        var model = new ListingModel(ListingCase.Quiet(500))
        {
            Churn = churned =>
            {
                if (!isMoved && churned.Given.Count > 0)
                {
                    isMoved = true;
                    string unread = churned.Records[400];
                    churned.Move(churned.Records[50], 80);
                    churned.Move(unread, 0);
                }
            },
        };
        model.Run();

        Assert.Empty(model.Missing);
        Assert.True(model.IsDistinct);
        Assert.Empty(model.Warnings);
    }

    /// <summary>As in a pipeline that changes the keys that the listing returns.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 20)]
    [InlineData(100, 1)]
    [InlineData(100, 20)]
    public void A_list_whose_records_are_moved_as_they_are_returned_is_read_to_its_end(int to, int moves)
    {
        int next = 0;
        var model = new ListingModel(ListingCase.Quiet(1000))
        {
            Churn = churned =>
            {
                for (int move = 0; move < moves && next < churned.Given.Count; move++)
                {
                    churned.Move(churned.Given[next++], to);
                }
            },
        };
        model.Run();

        Assert.Empty(model.Missing);
        Assert.True(model.IsDistinct);
        Assert.Empty(model.Warnings);
    }

    [Fact]
    public void Skipping_warns_where_a_record_is_moved_to_the_part_already_read()
    {
        bool isMoved = false;
        var model = new ListingModel(ListingCase.Quiet(500))
        {
            Churn = churned =>
            {
                if (!isMoved && churned.Given.Count > 0)
                {
                    isMoved = true;
                    churned.Move(90, 0);
                }
            },
        };
        model.Run(start: 10);

        Assert.Single(model.Warnings);
    }

    [Fact]
    public void Skipping_returns_what_follows_although_all_that_was_returned_is_deleted()
    {
        IEnumerable<ListingStep> steps = Enumerable.Range(0, 400)
            .Select(step => new ListingStep((ListingEvent)(1 + (step % 4)), 0))
            .Where(step => step.Event != ListingEvent.Create);
        var model = new ListingModel(ListingCase.Quiet(40, pageSize: 5, readAhead: 1) with { Steps = [.. steps] });
        IReadOnlyList<string> before = model.Records;
        model.Run(start: 10);

        Assert.Equal(before.Skip(10), model.Given);
        Assert.Empty(model.Warnings);
    }

    [Fact]
    public void Skipping_warns_where_records_before_the_start_went_and_the_place_is_lost()
    {
        var model = new ListingModel(ListingCase.Quiet(40, pageSize: 5, readAhead: 1))
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
            var model = new ListingModel(ListingCase.Quiet(1000));
            model.Run(first: first);

            Assert.Equal(first, model.Given.Count);
            Assert.Equal(Math.Max(1, (first + 97) / 99), model.Requests);

            // One record of overlap for each page after the first.
            Assert.Equal(first + model.Requests - 1, model.RecordsAsked);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(99, 1)]
    [InlineData(100, 2)]
    [InlineData(101, 2)]
    [InlineData(5000, 51)]
    [InlineData(10_000, 102)]
    public void A_list_without_changes_costs_one_request_for_each_page_and_one_to_know_the_end(int records, int requests)
    {
        var model = new ListingModel(ListingCase.Quiet(records));
        model.Run();

        Assert.Equal(model.Records, model.Given);
        Assert.Equal(requests, model.Requests);
        Assert.Empty(model.Warnings);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_page_that_is_cut_short_does_not_end_the_listing(int page)
    {
        foreach (int readAhead in new[] { 1, 8 })
        {
            var model = new ListingModel(ListingCase.Quiet(250, readAhead: readAhead)) { CutPage = page };
            model.Run();

            Assert.Equal(model.Records, model.Given);
            Assert.Empty(model.Warnings);
        }
    }

    [Fact]
    public void A_server_that_ignores_the_offset_is_given_up_with_a_warning()
    {
        var model = new ListingModel(ListingCase.Quiet(20, pageSize: 5, readAhead: 4)) { IgnoresOffset = true };
        model.Run();

        Assert.Single(model.Warnings);
        Assert.Equal(5, model.Given.Count);
        Assert.InRange(model.Requests, 1, 160);
    }

    [Fact]
    public void Ids_are_told_apart_as_UUIDs_or_else_as_text()
    {
        var set = new IdSet();

        Assert.True(set.Add("11111111-2222-3333-4444-55555555555a"));
        Assert.False(set.Add("11111111-2222-3333-4444-55555555555A"));
        Assert.True(set.Add("no-uuid"));
        Assert.True(set.Add("NO-UUID"));
        Assert.False(set.Add("no-uuid"));
        Assert.Equal(3, set.Count);
    }

    private static void AssertComplete(Arbitrary<ListingCase> listings, bool isOrdered, double mostStopped)
    {
        int all = 0;
        int stopped = 0;
        Prop.ForAll(listings, listing =>
        {
            var model = new ListingModel(listing);
            model.Run();
            IReadOnlyList<string> lasting = model.Lasting;
            bool isComplete = isOrdered ? lasting.SequenceEqual(model.Given.Where(lasting.Contains)) : model.Missing.Count == 0;
            all++;
            stopped += isComplete ? 0 : 1;
            return model.IsDistinct && (isComplete || model.Warnings.Count > 0);
        }).Check(Cases);

        // A limit that is reached is reported, and only a list that changes all the time reaches it.
        Assert.True(stopped <= all * mostStopped, $"{stopped} of {all} listings were stopped.");
    }
}
