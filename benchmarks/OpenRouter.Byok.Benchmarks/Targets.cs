using System.Globalization;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>What the module promises of its speed, held against what was measured.</summary>
internal static class Targets
{
    /// <summary>One request in ten is refused, and 100 a second are admitted.</summary>
    internal static Conditions LimitedAndRefusing { get; } = new(", one in ten refused (503), 100 a second admitted", ["Update:Status(503)~0.1#1"], Refused: 0.1, RequestsPerSecond: 100);

    /// <summary>One create in five fails before anything was done, which only a look can tell.</summary>
    internal static Conditions FailingCreates { get; } = new(", one in five failed (502) with nothing done", ["Create:Status(502)~0.2#1"]);

    internal static Conditions OverTls { get; } = new(", over TLS", []);

    internal static IEnumerable<Target> Of(Measurements measured)
    {
        if (measured.Find("list", 50, ListConcurrency, Contestant.Module) is { } list)
        {
            yield return new Target("10,000 keys listed at 50 ms within 1.0 s", Seconds(list.Median), list.IsDone && list.Median <= 1000);
            if (measured.Find("list", 50, ListConcurrency, Contestant.Sdk) is { } sdk)
            {
                double ratio = sdk.Median / list.Median;
                yield return new Target("... and at least 5 times as fast as the sequential SDK", Text($"{ratio:F1} times"), ratio >= 5);
            }
        }

        if (measured.Find("rotate", 50, 16, Contestant.Module) is { } rotate)
        {
            double limits = rotate.Median / rotate.Work.RoundTrips;
            yield return new Target("1,000 keys rotated at 50 ms, concurrency 16, within 1.15 of the limit", Text($"{limits:F2} of it"), rotate.IsDone && limits <= 1.15);
            if (measured.Find("rotate", 50, 16, Contestant.SdkPool) is { } pool)
            {
                yield return new Target("... and ahead of the hand-written pool", $"{Seconds(rotate.Median)} against {Seconds(pool.Median)}", rotate.Median < pool.Median);
            }
        }

        if (measured.Find("rotate", 0, 1, Contestant.Module) is { } single)
        {
            Result[] rivals = [.. measured.Results.Where(result =>
                result.Work == single.Work && result.Contestant.Key is not Contestant.Module and not Contestant.Core and not Contestant.Before)];
            if (rivals.Length > 0)
            {
                Result best = rivals.MinBy(rival => rival.Median)!;
                yield return new Target(
                    "At 0 ms, concurrency 1, ahead of every rival per request",
                    Text($"{single.Median / single.Work.Keys:F2} ms against {best.Median / best.Work.Keys:F2} ms ({best.Contestant.Name})"),
                    single.IsDone && single.Median < best.Median);
            }
        }

        if (measured.Find("sync", 50, 8, Contestant.Module) is { } sync)
        {
            double limits = sync.Median / sync.Work.RoundTrips;
            yield return new Target("A Sync of 1,000 rows of which 10 differ, at 50 ms, within 1.15 of a listing and two waves of changes", Text($"{limits:F2} of it"), sync.IsDone && limits <= 1.15);
        }

        if (measured.Find("rotate", 0, 16, Contestant.Module, LimitedAndRefusing) is { } limited)
        {
            double limits = limited.Median / limited.Work.RoundTrips;
            yield return new Target("1,000 rotations, one in ten refused and 100 a second admitted, within 1.2 of the server's minimum", Text($"{limits:F2} of it"), limited.IsDone && limits <= 1.2);
        }

        if (measured.Find("create", 50, 8, Contestant.Module, FailingCreates) is { } failing && measured.Find("create", 50, 8, Contestant.Module) is { } faultless)
        {
            double more = failing.Median - faultless.Median;
            yield return new Target("200 creates, one in five failed with nothing done, take at most the settling time (10 s) more", Seconds(more), failing.IsDone && more <= 10_000);
        }

        if (measured.Find("delete", 0, 8, Contestant.Module) is { } delete)
        {
            yield return new Target("Deleting while listing leaves nothing behind", delete.Outcome, delete.IsDone);
        }

        if (measured.ColdStart is { } cold)
        {
            yield return new Target("Import at most 55 ms over plain PowerShell", Text($"{cold.ImportAdds:F0} ms (an empty binary module with a format file: {cold.FormatAdds:F0} ms)"), cold.ImportAdds <= 55);
            yield return new Target("First request at most 125 ms over a later one", Text($"{cold.FirstAdds:F0} ms"), cold.FirstAdds <= 125);
            yield return new Target("A whole session, a listing included, at most 1.0 of one with Invoke-RestMethod", Text($"{cold.SessionOverRest:F2} of it"), cold.SessionOverRest <= 1);
            yield return new Target(
                "... and no slower than a first Invoke-RestMethod", Text($"{cold.FirstRequest:F0} ms against {cold.RestFirstRequest:F0} ms"), cold.FirstRequest <= cold.RestFirstRequest);
        }

        foreach (ProcessorTimeResult processor in measured.Processor.Where(result => result.Contestant.Key == Contestant.Module))
        {
            bool isList = processor.Work.Kind == "pass";
            yield return new Target(
                isList ? "A listed key takes at most 7 µs of processor time in a warm session" : "A rotation takes at most 80 µs of processor time in a warm session",
                Text($"{processor.Median:F1} µs"),
                processor.Median <= (isList ? 7 : 80));
        }

        GrowthResult[] growth = [.. measured.Growth.Where(result => result.Key == Contestant.Module).OrderBy(result => result.Keys)];
        if (growth.Length == 3)
        {
            double bytes = Statistics.Median(growth[2].Bytes);
            yield return new Target("Listing 100,000 keys grows the process by at most 50 MB over the first page", Text($"{bytes / Megabyte:F1} MB"), bytes <= 50 * Megabyte);

            double ratio = growth[2].LateOverEarly;
            yield return new Target(
                "Time grows linearly (of 100,000, a key after the first 10,000 takes no more than 1.25 of one before)", Text($"{ratio:F2} of it"), ratio <= 1.25);
        }
    }

    /// <summary>How many pages the module reads ahead.</summary>
    internal const int ListConcurrency = 8;

    internal const double Megabyte = 1024 * 1024;

    private static string Seconds(double milliseconds) => Text($"{milliseconds / 1000:F2} s");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
