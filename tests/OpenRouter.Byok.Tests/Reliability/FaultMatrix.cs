using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>
/// Every fault for every operation, alone and in bulk, and what a user sees. One server serves all cells: the
/// requests of each carry its name in a header, and each works on data of its own.
/// </summary>
internal sealed class FaultMatrix(SandboxServer server)
{
    internal const string Hung = "hung";
    internal const string Lost = "lost";
    internal const string Silent = "silent";
    internal const string Duplicate = "duplicate";

    /// <summary>How many records a bulk run has.</summary>
    private const int Rows = 6;

    /// <summary>More than a page.</summary>
    private const int Listed = 130;

    private const string CreatePrefix = "create ";

    private static readonly string[] OwnServerFaults = ["LateCommit", "ListLag", "DuplicatedResponse"];

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    internal static IReadOnlyList<ApiOperation> Operations { get; } =
        [ApiOperation.List, ApiOperation.Get, ApiOperation.Create, ApiOperation.Update, ApiOperation.Delete, ApiOperation.ListWorkspaces];

    /// <summary>The catalogue of faults; its slow response is too slow to arrive in time.</summary>
    internal static IReadOnlyList<Fault> Faults { get; } =
        [.. Sandbox.Faults.All.Select(fault => fault.Name.StartsWith("SlowTrickle", StringComparison.Ordinal) ? Sandbox.Faults.SlowTrickle(1000) : fault)];

    /// <summary>
    /// The workspaces whose keys are listed: one for all, one for each listing that moves keys, and one for each create,
    /// which also lists: a list that other cells change all the time can hardly be read to its end.
    /// </summary>
    private readonly Dictionary<string, Guid> _workspaces = new(StringComparer.Ordinal);

    internal void Prepare()
    {
        ApiOperation[] listing = [ApiOperation.List, ApiOperation.Create];
        bool[] bulk = [false, true];
        foreach (string name in Faults.SelectMany(fault => listing.SelectMany(operation => bulk.Select(isBulk => WorkspaceOf(fault, operation, isBulk)))).Distinct())
        {
            _workspaces.Add(name, server.Store.AddWorkspace(name).Id);
            if (!name.StartsWith(CreatePrefix, StringComparison.Ordinal))
            {
                server.Store.Seed(Listed, new SeedOptions { WorkspaceIds = [_workspaces[name]] });
            }
        }

        for (int number = 0; number < Listed; number++)
        {
            server.Store.AddWorkspace($"workspace {number}");
        }
    }

    /// <summary>What happens in one cell.</summary>
    internal string Run(Fault fault, ApiOperation operation, bool bulk)
    {
        // Requests without a fault must have a response within the limit, even on a busy machine.
        int timeoutSec = IsWaitedFor(fault) ? 10 : 120;
        var time = new ShortPauses { TimeLimit = TimeSpan.FromSeconds(timeoutSec) };
        return NeedsOwnServer(fault) ? RunOnOwnServerAsync(fault, operation, bulk, timeoutSec, time).GetAwaiter().GetResult() : Run(fault, operation, bulk, timeoutSec, time);
    }

    private static async Task<string> RunOnOwnServerAsync(Fault fault, ApiOperation operation, bool bulk, int timeoutSec, TimeProvider time)
    {
        await using SandboxServer own = await SandboxServer.StartAsync(new SandboxOptions { LogRequests = false, Time = time }).ConfigureAwait(false);
        var matrix = new FaultMatrix(own);
        matrix.Prepare();
        return matrix.Run(fault, operation, bulk, timeoutSec, time);
    }

    private string Run(Fault fault, ApiOperation operation, bool bulk, int timeoutSec, TimeProvider time)
    {
        string cell = $"{fault.Name} {operation} {(bulk ? "bulk" : "single")}";
        server.Faults.Add(new FaultRule(fault)
        {
            Operation = operation,
            Predicate = request => request.Header("X-OpenRouter-Title") == cell,

            // Alone: every attempt. In bulk: one of the requests, to show the results of the others.
            Skip = !bulk ? 0 : operation is ApiOperation.List or ApiOperation.ListWorkspaces ? 1 : 2,
            Times = bulk ? 1 : int.MaxValue,
        });
        using var client = new ByokClient(Account.Connect(server, timeoutSec, retries: 1, interval: 0.01, title: cell), time);
        var run = new Cell(server.Store, client, cell, bulk ? Rows : 1, _workspaces[WorkspaceOf(fault, operation, bulk)]);
        return bulk ? run.InBulk(operation) : run.Alone(operation);
    }

    /// <summary>
    /// Lateness uses the clock of the client, so that pauses of other cells do not count; a connection on which
    /// responses are in the wrong order must not serve other cells.
    /// </summary>
    private static bool NeedsOwnServer(Fault fault) =>
        OwnServerFaults.Any(name => fault.Name.StartsWith(name, StringComparison.Ordinal));

    /// <summary>Whether only the time limit ends it, and not the size limit.</summary>
    internal static bool IsWaitedFor(Fault fault) => fault.Name.StartsWith("Hang", StringComparison.Ordinal) || fault.Name.StartsWith("Slow", StringComparison.Ordinal);

    private static string WorkspaceOf(Fault fault, ApiOperation operation, bool bulk) =>
        operation == ApiOperation.Create ? $"{CreatePrefix}{fault.Name} {(bulk ? "bulk" : "single")}"
        : fault.Name.StartsWith("Moved", StringComparison.Ordinal) ? $"{fault.Name} {(bulk ? "bulk" : "single")}"
        : "listed";

    /// <summary>The table as Markdown.</summary>
    internal static string Table(IReadOnlyDictionary<(Fault Fault, ApiOperation Operation, bool Bulk), string> cells, bool bulk)
    {
        var table = new StringBuilder();
        table.Append("| fault | what happens |");
        foreach (ApiOperation operation in Operations)
        {
            table.Append(CultureInfo.InvariantCulture, $" {operation} |");
        }

        table.Append("\n|---|---|").Append(string.Concat(Operations.Select(_ => "---|"))).Append('\n');
        foreach (Fault fault in Faults)
        {
            table.Append(CultureInfo.InvariantCulture, $"| `{fault.Name}` | {fault.Description} |");
            foreach (ApiOperation operation in Operations)
            {
                table.Append(CultureInfo.InvariantCulture, $" {cells[(fault, operation, bulk)]} |");
            }

            table.Append('\n');
        }

        return table.ToString();
    }

    private sealed class Cell(SandboxStore store, ByokClient client, string name, int rows, Guid workspace)
    {
        private readonly Guid[] _targets = [.. Enumerable.Range(0, rows).Select(row => store.Add("mistral", $"sk-{row}-0123456789-{Guid.NewGuid():N}", name).Id)];

        internal string Alone(ApiOperation operation)
        {
            using var stop = new CancellationTokenSource(Patience);
            var given = new List<string>();
            var warnings = new RecordingTrace();
            try
            {
                PerformAsync(operation, 0, given.Add, warnings, stop.Token).GetAwaiter().GetResult();
                return Judge(operation, given, [], warnings.Warned);
            }
            catch (ByokApiException error)
            {
                return Judge(operation, given, [error], warnings.Warned);
            }
            catch (OperationCanceledException)
            {
                return Hung;
            }
        }

        internal string InBulk(ApiOperation operation)
        {
            using var stop = new CancellationTokenSource(Patience);
            var given = new ConcurrentQueue<string>();
            var errors = new ConcurrentQueue<ByokApiException>();
            var warnings = new RecordingTrace();
            int count = operation is ApiOperation.List or ApiOperation.ListWorkspaces ? 1 : rows;
            try
            {
                Parallel.ForEachAsync(
                    Enumerable.Range(0, count),
                    new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = stop.Token },
                    async (row, token) =>
                    {
                        // As in a command: nothing is started after an error that ends it.
                        if (errors.Any(error => error.EndsTheCommand))
                        {
                            return;
                        }

                        try
                        {
                            await PerformAsync(operation, row, given.Enqueue, warnings, token);
                        }
                        catch (ByokApiException error)
                        {
                            errors.Enqueue(error);
                        }
                    }).GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                return Hung;
            }

            return Judge(operation, [.. given], [.. errors], warnings.Warned, errors.Any(error => error.EndsTheCommand));
        }

        private async Task PerformAsync(ApiOperation operation, int row, Action<string> give, IByokTrace trace, CancellationToken stop)
        {
            string id = _targets[row].ToString();
            switch (operation)
            {
                case ApiOperation.List:
                    await foreach (ByokKey key in client.ListKeysAsync(new ListByokKeysRequest { WorkspaceId = workspace.ToString() }, trace, stop))
                    {
                        give(key.Id);
                    }

                    break;
                case ApiOperation.ListWorkspaces:
                    await foreach (ByokWorkspace listed in client.ListWorkspacesAsync(trace: trace, cancellationToken: stop))
                    {
                        give(listed.Id);
                    }

                    break;
                case ApiOperation.Get:
                    give((await client.GetKeyAsync(id, trace, stop)).Id);
                    break;
                case ApiOperation.Create:
                    CreateByokKeyRequest create = Account.NewKey($"{name} {row}", $"sk-{row}-{Guid.NewGuid():N}", "groq") with { WorkspaceId = workspace.ToString() };
                    give((await client.CreateKeyAsync(create, trace, stop)).Id);
                    break;
                case ApiOperation.Update:
                    give((await client.UpdateKeyAsync(id, Account.Disable, trace, stop)).Id);
                    break;
                default:
                    await client.DeleteKeyAsync(id, trace, stop);
                    give(id);
                    break;
            }
        }

        /// <summary>Compares what a user saw with the state of the server.</summary>
        private string Judge(ApiOperation operation, List<string> given, IReadOnlyList<ByokApiException> errors, bool warned, bool ended = false)
        {
            // The server completes its pending work, whether or not a client waits for it.
            store.ApplyPending();
            string[] wanted = operation switch
            {
                ApiOperation.List => [.. store.List(workspace).Select(key => key.Id.ToString())],
                ApiOperation.ListWorkspaces => [.. store.Workspaces.Select(listed => listed.Id.ToString())],
                ApiOperation.Create => [.. store.Keys.Where(key => key.Name?.StartsWith(name + " ", StringComparison.Ordinal) == true && key.Provider == "groq").Select(key => key.Id.ToString())],
                ApiOperation.Update => [.. _targets.Where(id => store.Find(id)!.Disabled).Select(id => id.ToString())],
                ApiOperation.Delete => [.. _targets.Where(id => store.Find(id) is null).Select(id => id.ToString())],
                _ => [.. _targets.Select(id => id.ToString())],
            };
            bool unknown = errors.Any(error => error.Kind == ByokErrorKind.CreateOutcomeUnknown);
            string told = errors.Count == 0 ? string.Empty : string.Join(", ", errors.Select(error => error.Kind.ToString()));
            if (given.Distinct().Count() != given.Count)
            {
                return Duplicate;
            }

            if (given.Except(wanted).Any())
            {
                // Reported as done, but not done.
                return Silent;
            }

            string[] untold = [.. wanted.Except(given)];
            if (operation == ApiOperation.Create)
            {
                return store.Keys.Where(key => key.Provider == "groq").GroupBy(key => key.Name).Any(same => same.Key?.StartsWith(name + " ", StringComparison.Ordinal) == true && same.Count() > 1) ? Duplicate
                    : untold.Length > 0 && !unknown && !ended ? Lost
                    : errors.Count == 0 ? given.Count == rows ? "done" : Lost
                    : told;
            }

            if (operation is ApiOperation.List or ApiOperation.ListWorkspaces)
            {
                return untold.Length == 0 ? errors.Count == 0 ? "done" : told
                    : errors.Count > 0 ? told
                    : warned ? "warning" : Silent;
            }

            return errors.Count == 0 ? given.Count == rows ? "done" : Lost
                : operation is ApiOperation.Update or ApiOperation.Delete && untold.Length > 0 && !ended ? told + " (done all the same)"
                : told;
        }
    }
}
