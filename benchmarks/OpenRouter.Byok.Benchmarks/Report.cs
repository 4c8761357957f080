using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using OpenRouter.Byok.PinnedPowerShell;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>Writes the tables. What stands below the marker in the file is written by people and stays.</summary>
internal static class Report
{
    private const string Marker = "<!-- Below this line people write; the benchmark keeps it. -->";

    private static readonly string[] Kinds = ["list", "get", "rotate", "sync", "create", "delete"];

    internal static async Task WriteAsync(string file, Measurements measured, BenchmarkOptions options)
    {
        var page = new StringBuilder();
        Line(page, $"# What the module's speed is");
        Line(page, $"");
        Line(page, $"Written by `dotnet run -c Release --project benchmarks/OpenRouter.Byok.Benchmarks`; benchmarks/README.md says what is compared and how.");
        Line(page, $"");
        Line(page, $"- Date: {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC; {options.Rounds} rounds, contestants in turn; medians, with the fastest and the slowest round.");
        Line(page, $"- Machine: {Processor()}, {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Targets.Megabyte / 1024:F0} GB; {RuntimeInformation.OSDescription}. Client and server share it.");
        Line(page, $"- Versions: .NET {Environment.Version}, {Version(PowerShellProgram.StartInfo("--version"))}, Node {Version(new("node", "--version"))}, @openrouter/sdk {SdkVersion()}, {Version(new("curl", "--version"))}.");
        if (options.IsComplete)
        {
            Promises(page, measured);
        }

        Ceilings(page, measured);
        Works(page, measured);
        Cold(page, measured);
        Processor(page, measured);
        Growth(page, measured);
        string kept = File.Exists(file) && (await File.ReadAllTextAsync(file).ConfigureAwait(false)).Split(Marker) is [_, var below] ? below : "\n";
        page.Append('\n').Append(Marker).Append(kept);
        await File.WriteAllTextAsync(file, page.ToString()).ConfigureAwait(false);
    }

    private static void Promises(StringBuilder page, Measurements measured)
    {
        Line(page, $"");
        Line(page, $"## Targets");
        Line(page, $"");
        Line(page, $"| target | measured | |");
        Line(page, $"| --- | --- | --- |");
        foreach (Target target in Targets.Of(measured))
        {
            Line(page, $"| {target.Promise} | {target.Measured} | {(target.IsMet ? "met" : "**missed**")} |");
        }
    }

    private static void Ceilings(StringBuilder page, Measurements measured)
    {
        if (measured.Ceilings.Count == 0)
        {
            return;
        }

        Line(page, $"");
        Line(page, $"## The server's own ceiling");
        Line(page, $"");
        Line(page, $"What `wrk` gets out of the sandbox at 0 ms on the same cores. It is the limit in the tables at 0 ms below.");
        Line(page, $"");
        Line(page, $"| request | connections | per second |");
        Line(page, $"| --- | ---: | ---: |");
        foreach (((string work, int concurrency), double rate) in measured.Ceilings.OrderBy(ceiling => ceiling.Key))
        {
            Line(page, $"| {(work == "list" ? "a page of 100 keys" : "a rotation")} | {concurrency} | {rate:N0} |");
        }
    }

    private static void Works(StringBuilder page, Measurements measured)
    {
        foreach (IGrouping<Work, Result> work in measured.Results
            .GroupBy(result => result.Work)
            .OrderBy(work => Array.IndexOf(Kinds, work.Key.Kind))
            .ThenBy(work => work.Key.Latency)
            .ThenBy(work => work.Key.Concurrency)
            .ThenBy(work => work.Key.Conditions.Title, StringComparer.Ordinal))
        {
            Result? module = work.FirstOrDefault(result => result.Contestant.Key == Contestant.Module) ?? work.First();
            double? limit = measured.Limit(work.Key);
            Line(page, $"");
            Line(page, $"## {char.ToUpperInvariant(work.Key.Title[0])}{work.Key.Title[1..]}");
            Line(page, $"");
            Line(page, $"Limit: {(limit is { } least ? Seconds(least) : "not measured")}.");
            Line(page, $"");
            Line(page, $"| | median | fastest to slowest | of the limit | against the module | outcome |");
            Line(page, $"| --- | ---: | ---: | ---: | ---: | --- |");
            foreach (Result result in work)
            {
                Line(
                    page,
                    $"| {result.Contestant.Name} | {Seconds(result.Median)} | {Seconds(result.Milliseconds.Min())} to {Seconds(result.Milliseconds.Max())} | {(limit > 0 ? Number(result.Median / limit.Value) : "")} | {(module is null || !result.IsDone ? "" : Number(result.Median / module.Median))} | {result.Outcome} |");
            }
        }
    }

    private static void Cold(StringBuilder page, Measurements measured)
    {
        if (measured.ColdStart is not { } cold)
        {
            return;
        }

        Line(page, $"");
        Line(page, $"## Cold start");
        Line(page, $"");
        Line(page, $"A new process each time. The whole process is timed for the import; its own clock times the first request, with the module of the command imported before.");
        Line(page, $"");
        Line(page, $"| | median | over the baseline |");
        Line(page, $"| --- | ---: | ---: |");
        Line(page, $"| PowerShell that starts and ends | {Statistics.Median(cold.Plain):F0} ms | |");
        Line(page, $"| ... imports an empty binary module (the limit) | {Statistics.Median(cold.Empty):F0} ms | {cold.EmptyAdds:F0} ms |");
        Line(page, $"| ... imports one with a format file of one column (the limit with tables) | {Statistics.Median(cold.Format):F0} ms | {cold.FormatAdds:F0} ms |");
        Line(page, $"| ... imports this module | {Statistics.Median(cold.Import):F0} ms | {cold.ImportAdds:F0} ms |");
        Line(page, $"| first Get-ByokKey | {cold.FirstRequest:F0} ms | {cold.FirstAdds:F0} ms over a later one |");
        Line(page, $"| first Invoke-RestMethod | {cold.RestFirstRequest:F0} ms | {cold.RestAdds:F0} ms over a later one |");
        Line(page, $"| a whole session: import, list 50 keys, end | {Statistics.Median(cold.Session):F0} ms | {Number(cold.SessionOverRest)} of Invoke-RestMethod |");
        Line(page, $"| a whole session with one line of Invoke-RestMethod | {Statistics.Median(cold.RestSession):F0} ms | |");
        if (measured.ColdStartBefore is { } before)
        {
            Line(page, $"| this module before: import | {Statistics.Median(before.Import):F0} ms | {before.ImportAdds:F0} ms |");
            Line(page, $"| this module before: first Get-ByokKey | {before.FirstRequest:F0} ms | {before.FirstAdds:F0} ms over a later one |");
            Line(page, $"| this module before: a whole session | {Statistics.Median(before.Session):F0} ms | {Number(before.SessionOverRest)} of Invoke-RestMethod |");
        }
    }

    private static void Processor(StringBuilder page, Measurements measured)
    {
        if (measured.Processor.Count == 0)
        {
            return;
        }

        Line(page, $"");
        Line(page, $"## Processor time");
        Line(page, $"");
        Line(page, $"Of the client's process, warm, at 0 ms: a listing that nothing is done with, and rotations at concurrency 16.");
        Line(page, $"");
        Line(page, $"| | median | least to most |");
        Line(page, $"| --- | ---: | ---: |");
        foreach (ProcessorTimeResult result in measured.Processor)
        {
            Line(page, $"| {(result.Work.Kind == "pass" ? "a listed key" : "a rotation")}, {result.Contestant.Name} | {result.Median:F1} µs | {result.Microseconds.Min():F1} to {result.Microseconds.Max():F1} µs |");
        }
    }

    private static void Growth(StringBuilder page, Measurements measured)
    {
        if (measured.Growth.Count == 0)
        {
            return;
        }

        Line(page, $"");
        Line(page, $"## Growth");
        Line(page, $"");
        Line(page, $"A listing that keeps nothing, at 0 ms, in a new process each time, start included; memory is the most that the working set was over that at the first page.");
        Line(page, $"");
        Line(page, $"| | keys | time | a key | a key after the first {GrowthResult.EarlyKeys:N0}, of one before | memory |");
        Line(page, $"| --- | ---: | ---: | ---: | ---: | ---: |");
        foreach (GrowthResult result in measured.Growth.OrderBy(result => measured.Growth.First(first => first.Key == result.Key).Name, StringComparer.Ordinal).ThenBy(result => result.Keys))
        {
            double time = Statistics.Median(result.Milliseconds);
            Line(page, $"| {result.Name} | {result.Keys:N0} | {Seconds(time)} | {1000 * time / result.Keys:F0} µs | {(result.Keys > GrowthResult.EarlyKeys ? Number(result.LateOverEarly) : "")} | {Statistics.Median(result.Bytes) / Targets.Megabyte:F1} MB |");
        }
    }

    private static string Seconds(double milliseconds) =>
        milliseconds < 100 ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds:F0} ms") : string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000:F2} s");

    private static string Number(double ratio) => ratio.ToString(ratio < 10 ? "F2" : "F0", CultureInfo.InvariantCulture);

    private static void Line(StringBuilder page, FormattableString text) => page.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Processor()
    {
        const string file = "/proc/cpuinfo";
        string? name = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() : null;
        return name ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string SdkVersion() =>
        File.ReadLines(Path.Combine(Folders.Node, "package.json")).First(line => line.Contains("@openrouter/sdk", StringComparison.Ordinal)).Split('"')[3];

    private static string Version(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        try
        {
            using Process process = Process.Start(start)!;
            string first = process.StandardOutput.ReadLine() ?? string.Empty;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return string.Join(' ', first.Split(' ').Take(2));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"no {start.FileName}";
        }
    }
}
