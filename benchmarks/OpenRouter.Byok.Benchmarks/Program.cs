using System.Diagnostics;
using OpenRouter.Byok.Benchmarks;
using OpenRouter.Byok.PinnedPowerShell;

if (args is ["--worker"])
{
    await CoreWorker.RunAsync();
    return 0;
}

BenchmarkOptions options;
try
{
    options = BenchmarkOptions.Parse(args);
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return 2;
}

if (options.ShowsHelp)
{
    Console.WriteLine(BenchmarkOptions.Help);
    return 0;
}

bool hasNode = Runs("node");
if (hasNode && !Directory.Exists(Path.Combine(Folders.Node, "node_modules")))
{
    using Process install = Process.Start(new ProcessStartInfo(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", "ci --ignore-scripts --no-audit --no-fund") { WorkingDirectory = Folders.Node })!;
    await install.WaitForExitAsync();
    if (install.ExitCode != 0)
    {
        throw new InvalidOperationException($"npm ci ended with {install.ExitCode}.");
    }
}

await using Sandbox sandbox = await Sandbox.StartAsync(Folders.Sandbox);
string worker = Path.Combine(Folders.PowerShell, "worker.ps1");
WorkerProcess StartPowerShell() => StartPowerShellWith(sandbox, Folders.Module);
WorkerProcess StartBefore() => StartPowerShellWith(sandbox, options.Before!);
WorkerProcess StartPowerShellWith(Sandbox server, string module, bool http2 = true)
{
    ProcessStartInfo start = PowerShellProgram.StartInfo("-NoProfile", "-NonInteractive", "-File", worker, "-ModulePath", module);
    if (!http2)
    {
        start.Environment["DOTNET_SYSTEM_NET_HTTP_SOCKETSHTTPHANDLER_HTTP2SUPPORT"] = "0";
    }

    return new(server, start);
}

WorkerProcess StartNode() => new(sandbox, new ProcessStartInfo("node", [Path.Combine(Folders.Node, "worker.mjs")]));

var contestants = new List<Contestant>();
if (options.UsesPowerShell)
{
    WorkerProcess module = StartPowerShell();
    contestants.Add(new("this module", Contestant.Module, module));
    contestants.Add(new("a loop of Get-ByokKey and Set-ByokKey", Contestant.Loop, module));
    contestants.Add(new("a read of each key, then the changes", Contestant.Reads, module));
    if (options.Before is not null)
    {
        contestants.Add(new("this module before", Contestant.Before, StartBefore()));
    }
}

var core = new WorkerProcess(sandbox, new ProcessStartInfo(PowerShellProgram.DotnetHost, [typeof(CoreWorker).Assembly.Location, "--worker"]));
contestants.Add(new("its core without PowerShell", Contestant.Core, core));
contestants.Add(new("HttpClient alone (the floor)", Contestant.HttpClient, core));
if (options.UsesPowerShell)
{
    contestants.Add(new("Invoke-RestMethod in a loop", Contestant.Rest, StartPowerShell()));
    contestants.Add(new("ForEach-Object -Parallel with Invoke-RestMethod", Contestant.RestParallel, StartPowerShell()));
}

if (hasNode)
{
    contestants.Add(new("TypeScript SDK, sequential", Contestant.Sdk, StartNode()));
    contestants.Add(new("TypeScript SDK, hand-written pool", Contestant.SdkPool, StartNode()));
}

if (Runs("curl") && Runs("bash"))
{
    contestants.Add(new("curl in a loop", Contestant.Curl, new CurlWorker(sandbox, Path.Combine(Folders.Benchmarks, "curl.sh"))));
}

string[] everybody = [Contestant.Module, Contestant.Before, Contestant.Core, Contestant.Rest, Contestant.RestParallel, Contestant.Sdk, Contestant.SdkPool, Contestant.Curl];
string[] oneByOne = [Contestant.Module, Contestant.Before, Contestant.Core, Contestant.Rest, Contestant.Sdk, Contestant.Curl];
string[] oneByOneWithoutCurl = [.. oneByOne.Where(key => key != Contestant.Curl)];
string[] sideBySide = [Contestant.Module, Contestant.Before, Contestant.Core, Contestant.RestParallel, Contestant.SdkPool];

// A process for each request, one after the other, is shown where it does not take minutes.
string[] withoutCurl = [.. everybody.Where(key => key != Contestant.Curl)];
Work[] works =
[
    new("list", options.Size(10_000), 200, Targets.ListConcurrency, everybody),
    new("create", options.Size(200), 50, 8, everybody),
    new("rotate", options.Size(100), 50, 1, oneByOneWithoutCurl),
    new("rotate", options.Size(1000), 50, 8, sideBySide),
    new("list", options.Size(10_000), 0, Targets.ListConcurrency, everybody),
    new("rotate", options.Size(1000), 0, 1, oneByOne),
    new("rotate", options.Size(1000), 0, 8, sideBySide),
    new("rotate", options.Size(1000), 0, 16, sideBySide),
    new("delete", options.Size(1000), 0, 8, withoutCurl),
    new("list", options.Size(10_000), 50, Targets.ListConcurrency, everybody),
    new("rotate", options.Size(1000), 50, 16, sideBySide),
    new("sync", options.Size(1000), 50, 8, Contestant.Module, Contestant.Loop, Contestant.Reads) { MostRounds = 1 },
    new("rotate", options.Size(1000), 0, 16, Contestant.Module, Contestant.Core) { Conditions = Targets.LimitedAndRefusing },
    new("create", options.Size(200), 50, 8, Contestant.Module) { Conditions = Targets.FailingCreates, MostRounds = 1 },
];

var results = new List<Result>();
var rounds = new Rounds(sandbox, contestants, options.Rounds);
foreach (Work work in works.Where(work => options.Wants(work.Kind)))
{
    results.AddRange(await rounds.RunAsync(work));
}

if (options.UsesPowerShell && (options.Wants("list") || options.Wants("get")))
{
    await using Sandbox overTls = await Sandbox.StartAsync(Folders.Sandbox, https: true);
    await using WorkerProcess http2 = StartPowerShellWith(overTls, Folders.Module);
    await using WorkerProcess http1 = StartPowerShellWith(overTls, Folders.Module, http2: false);
    Contestant[] versions = [new("this module with HTTP/2", Contestant.Http2, http2), new("this module with HTTP/1.1", Contestant.Http1, http1)];
    foreach (string kind in new[] { "list", "get" })
    {
        Work work = new(kind, options.Size(kind == "list" ? 10_000 : 1000), 50, 8, Contestant.Http2, Contestant.Http1) { Conditions = Targets.OverTls };
        results.AddRange(await new Rounds(overTls, versions, options.Rounds).RunAsync(work));
    }
}

var ceilings = new Dictionary<(string, int), double>();
var generator = new LoadGenerator(sandbox, Path.Combine(Folders.Benchmarks, "wrk"));
foreach ((string kind, int concurrency) in results.Where(result => result.Work.Latency == 0 && result.Work.Conditions == Conditions.None).Select(result => (result.Work.Kind == "list" ? "list" : "rotate", result.Work.Concurrency)).Distinct())
{
    if (await generator.CeilingAsync(kind, concurrency) is { } rate)
    {
        ceilings.Add((kind, concurrency), rate);
    }
}

ColdStartResult? cold = options.UsesPowerShell && options.Wants("cold")
    ? await new ColdStart(sandbox, Folders.PowerShell, Folders.Module, Folders.EmptyModule).RunAsync(2 * options.Rounds)
    : null;
ColdStartResult? coldBefore = options.Before is not null && cold is not null
    ? await new ColdStart(sandbox, Folders.PowerShell, options.Before, Folders.EmptyModule).RunAsync(2 * options.Rounds)
    : null;

IReadOnlyList<ProcessorTimeResult> processor = options.UsesPowerShell && options.Wants("processor")
    ? await new ProcessorTime(sandbox, [.. contestants.Where(contestant => contestant.Key is Contestant.Module or Contestant.Before or Contestant.Core or Contestant.HttpClient)])
        .RunAsync(options.Size(10_000), options.Size(1000), options.Rounds)
    : [];

var streams = new List<(string, string, Func<IWorker>)>();
if (options.UsesPowerShell)
{
    streams.Add(("this module", Contestant.Module, StartPowerShell));
    if (options.Before is not null)
    {
        streams.Add(("this module before", Contestant.Before, StartBefore));
    }

    streams.Add(("Invoke-RestMethod in a loop", Contestant.Rest, StartPowerShell));
}

if (hasNode)
{
    streams.Add(("TypeScript SDK, sequential", Contestant.Sdk, StartNode));
}

IReadOnlyList<GrowthResult> growth = options.Wants("memory")
    ? await new Growth(sandbox, streams).RunAsync([options.Size(1000), options.Size(10_000), options.Size(100_000)], options.Rounds)
    : [];

foreach (IWorker used in contestants.Select(contestant => contestant.Worker).Distinct())
{
    await used.DisposeAsync();
}

var measured = new Measurements { Results = results, Ceilings = ceilings, ColdStart = cold, ColdStartBefore = coldBefore, Processor = processor, Growth = growth };
string output = options.Output ?? Path.Combine(Folders.Benchmarks, options.IsComplete ? "results.md" : "part.md");
await Report.WriteAsync(output, measured, options);
Console.WriteLine($"Wrote {output}");
foreach (Target target in options.IsComplete ? Targets.Of(measured) : [])
{
    Console.WriteLine($"{(target.IsMet ? "met   " : "MISSED")} {target.Promise}: {target.Measured}");
}

return 0;

static bool Runs(string program)
{
    try
    {
        using Process process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
    catch (System.ComponentModel.Win32Exception)
    {
        return false;
    }
}
