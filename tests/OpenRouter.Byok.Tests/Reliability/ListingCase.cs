using FsCheck;
using FsCheck.Fluent;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>One listing and everything that happens meanwhile. Plain numbers, so that a counterexample can be shrunk.</summary>
/// <param name="Records">How many records there are at the start.</param>
/// <param name="PageSize">What the reader asks for at most.</param>
/// <param name="ReadAhead">How many pages it reads ahead.</param>
/// <param name="Cap">What the server gives at most.</param>
/// <param name="Totals">0: right counts; 1: none; 2: too high; 3: too low.</param>
/// <param name="Steps">What happens, one after the other; then nothing but the listing.</param>
internal sealed record ListingCase(int Records, int PageSize, int ReadAhead, int Cap, int Totals, IReadOnlyList<ListingStep> Steps)
{
    /// <summary>Servers that cap no page and count right.</summary>
    internal static Arbitrary<ListingCase> Faithful { get; } = Arbitrary(Gen.Constant(int.MaxValue), Gen.Constant(0));

    /// <summary>Servers that cap pages, count wrong or not at all.</summary>
    internal static Arbitrary<ListingCase> Unfaithful { get; } = Arbitrary(
        Gen.OneOf(Gen.Constant(int.MaxValue), Gen.Choose(2, 8)), Gen.Choose(0, 3));

    public override string ToString() =>
        $"{Records} records, page size {PageSize}, read-ahead {ReadAhead}, cap {Cap}, totals {Totals}: {string.Join(", ", Steps)}";

    private static Arbitrary<ListingCase> Arbitrary(Gen<int> cap, Gen<int> totals)
    {
        Gen<ListingStep> step =
            from kind in Gen.Elements(ListingEvent.Delete, ListingEvent.Delete, ListingEvent.DeleteGiven, ListingEvent.Create, ListingEvent.Read, ListingEvent.Read, ListingEvent.Answer)
            from place in Gen.Choose(0, 99)
            select new ListingStep(kind, place);
        Gen<ListingCase> cases =
            from records in Gen.Choose(0, 60)
            from pageSize in Gen.Choose(2, 12)
            from readAhead in Gen.Choose(1, 8)
            from most in cap
            from counted in totals
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
