using FsCheck;
using FsCheck.Fluent;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>One listing and all events during it. Plain numbers, so that a counterexample can be shrunk.</summary>
/// <param name="Records">How many records there are at the start.</param>
/// <param name="PageSize">The maximum number of records that the reader requests.</param>
/// <param name="ReadAhead">How many pages it reads ahead.</param>
/// <param name="Cap">The maximum number of records that the server returns.</param>
/// <param name="Count">The count that the server reports.</param>
/// <param name="Steps">The events, one after the other; after them only the listing.</param>
internal sealed record ListingCase(int Records, int PageSize, int ReadAhead, int Cap, ListingCount Count, IReadOnlyList<ListingStep> Steps)
{
    private const int NoCap = int.MaxValue;

    private static readonly ListingEvent[] Traffic = [ListingEvent.Read, ListingEvent.Read, ListingEvent.Respond];

    private static readonly ListingEvent[] Changes = [ListingEvent.Delete, ListingEvent.Delete, ListingEvent.DeleteGiven, ListingEvent.Create];

    private static readonly ListingEvent[] Moves = [ListingEvent.Move, ListingEvent.MoveGivenToEnd];

    /// <summary>Servers that cap no page and report the right count.</summary>
    internal static Arbitrary<ListingCase> Faithful { get; } = Arbitrary(Gen.Constant(NoCap), Gen.Constant(ListingCount.Right), Changes);

    /// <summary>Servers that cap pages, and report a wrong count or none.</summary>
    internal static Arbitrary<ListingCase> Unfaithful { get; } = Arbitrary(
        Gen.OneOf(Gen.Constant(NoCap), Gen.Choose(2, 8)), Gen.Elements(Enum.GetValues<ListingCount>()), Changes);

    /// <summary>Servers that return one record for each page.</summary>
    internal static Arbitrary<ListingCase> Single { get; } = Arbitrary(Gen.Constant(1), Gen.Elements(Enum.GetValues<ListingCount>()), Changes);

    /// <summary>Servers that report the right count and move records when they are changed; none is created or deleted.</summary>
    internal static Arbitrary<ListingCase> Moving { get; } = Arbitrary(Gen.Constant(NoCap), Gen.Constant(ListingCount.Right), Moves);

    /// <summary>Servers that report the right count and move records when they are changed, with all kinds of events.</summary>
    internal static Arbitrary<ListingCase> MovingAndChanging { get; } = Arbitrary(Gen.Constant(NoCap), Gen.Constant(ListingCount.Right), [.. Moves, .. Changes]);

    public override string ToString() =>
        $"{Records} records, page size {PageSize}, read-ahead {ReadAhead}, cap {Cap}, count {Count}: {string.Join(", ", Steps)}";

    /// <summary>A list of constant size without events.</summary>
    internal static ListingCase Quiet(int records, int pageSize = 100, int readAhead = 8, int cap = NoCap, ListingCount count = ListingCount.Right) =>
        new(records, pageSize, readAhead, cap, count, []);

    private static Arbitrary<ListingCase> Arbitrary(Gen<int> cap, Gen<ListingCount> count, IEnumerable<ListingEvent> events)
    {
        Gen<ListingStep> step =
            from kind in Gen.Elements([.. events, .. Traffic])
            from place in Gen.Choose(0, 99)
            from to in kind == ListingEvent.Move ? Gen.Choose(0, 99) : Gen.Constant(0)
            select new ListingStep(kind, place, to);
        Gen<ListingCase> cases =
            from records in Gen.Choose(0, 60)
            from pageSize in Gen.Choose(2, 12)
            from readAhead in Gen.Choose(1, 8)
            from most in cap
            from counted in count
            from length in Gen.Choose(0, 80)
            from steps in Gen.ListOf(step, length)
            select new ListingCase(records, pageSize, readAhead, most, counted, [.. steps]);
        return Arb.From(cases, Shrink);
    }

    private static IEnumerable<ListingCase> Shrink(ListingCase value)
    {
        for (int size = value.Steps.Count; size > 0; size /= 2)
        {
            for (int from = 0; from + size <= value.Steps.Count; from += size)
            {
                yield return value with { Steps = [.. value.Steps.Take(from), .. value.Steps.Skip(from + size)] };
            }
        }

        foreach (int records in new[] { value.Records / 2, value.Records - 1 }.Where(records => records >= 0 && records < value.Records))
        {
            yield return value with { Records = records };
        }

        if (value.PageSize > 2)
        {
            yield return value with { PageSize = value.PageSize - 1 };
        }

        if (value.ReadAhead > 1)
        {
            yield return value with { ReadAhead = value.ReadAhead - 1 };
        }

        for (int at = 0; at < value.Steps.Count; at++)
        {
            if (value.Steps[at].Place > 0)
            {
                yield return value with { Steps = [.. value.Steps.Take(at), value.Steps[at] with { Place = value.Steps[at].Place / 2 }, .. value.Steps.Skip(at + 1)] };
            }
        }
    }
}
