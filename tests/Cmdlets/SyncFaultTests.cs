using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>After any single fault, Sync-ByokKey reports the true state, removes no key of a row, and the next run completes the rest.</summary>
public sealed class SyncFaultTests
{
    private const int Named = 4;
    private const int Seeded = 6;

    /// <summary>The operations with a fault. A create is omitted: its settling takes real time here, and it is the same as in New-ByokKey.</summary>
    private static readonly ApiOperation[] Operations = [ApiOperation.List, ApiOperation.Get, ApiOperation.Update, ApiOperation.Delete];

    /// <summary>The catalogue of faults; its slow response is too slow to arrive in time.</summary>
    private static readonly Fault[] Catalogue = [.. Faults.All.Select(static fault => fault.Name.StartsWith("Slow", StringComparison.Ordinal) ? Faults.SlowTrickle(1000) : fault)];

    [Fact]
    public async Task After_any_fault_the_results_are_true_the_next_run_completes_the_rest_and_the_document_says_so()
    {
        var cells = new ConcurrentDictionary<(Fault Fault, ApiOperation Operation), string>();
        IEnumerable<Task> runs =
            from operation in Operations
            from faults in Catalogue.Where(IsWaitedFor).Select(static fault => new[] { fault }).Append([.. Catalogue.Where(static fault => !IsWaitedFor(fault))])
            select StrikeAsync(faults, operation, cells);
        await Task.WhenAll(runs);

        var table = new StringBuilder($"| fault | {string.Join(" | ", Operations)} |\n|---|{string.Concat(Operations.Select(static _ => "---|"))}\n");
        foreach (Fault fault in Catalogue)
        {
            table.Append(CultureInfo.InvariantCulture, $"| `{fault.Name}` | {string.Join(" | ", Operations.Select(operation => cells[(fault, operation)]))} |\n");
        }

        await new ComputedBlock("computed for Sync-ByokKey", "docs", "reliability.md").CompareAsync(table.ToString(), TestContext.Current.CancellationToken);
    }

    /// <summary>Whether only the time limit ends it: each has its own session, so that they wait at the same time.</summary>
    private static bool IsWaitedFor(Fault fault) => fault.Name.StartsWith("Hang", StringComparison.Ordinal) || fault.Name.StartsWith("Slow", StringComparison.Ordinal);

    private static async Task StrikeAsync(Fault[] faults, ApiOperation operation, ConcurrentDictionary<(Fault Fault, ApiOperation Operation), string> cells)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: Seeded, retries: 1, timeoutSec: IsWaitedFor(faults[0]) ? 10 : 120, keys: Options);
        string[] ids = shell.Ids;
        foreach (Fault fault in faults)
        {
            shell.Server.Reset(Seeded, Options);
            shell.Server.Faults.Add(fault, operation, times: 1);

            // Which request gets the second copy of a response must not depend on chance.
            bool isDuplicated = fault.Name.StartsWith("DuplicatedResponse", StringComparison.Ordinal);
            CommandResult struck = await RunAsync(shell, ids, throttleLimit: isDuplicated ? 1 : 8);
            shell.Server.Faults.Clear();

            // The server completes its pending work, whether or not a client waits for it.
            shell.Store.ApplyPending();
            AssertTrue(fault, struck, shell, ids);
            cells[(fault, operation)] = Describe(fault, struck, shell, ids);

            // The copy of a response can reach one more request, which fails, and whose connection is closed.
            if (isDuplicated)
            {
                await shell.InvokeAsync("Get-ByokKey | Out-Null");
            }

            CommandResult repeated = await RunAsync(shell, ids);
            Assert.True(repeated.AllErrors.Count == 0, $"{fault}: {string.Join('\n', repeated.AllErrors)}");
            Assert.True(IsAsTheListSays(shell, ids), fault.ToString());

            shell.Server.Requests.Clear();
            Assert.Equal(Enumerable.Repeat(ByokSyncAction.Unchanged, Named), Results(await RunAsync(shell, ids)).Select(result => result.Action));
            Assert.All(shell.Server.Requests, request => Assert.Equal(ApiOperation.List, request.Operation));
        }
    }

    /// <summary>What a user sees: the kind of each error, or <c>done</c>.</summary>
    private static string Describe(Fault fault, CommandResult struck, HostedPowerShell shell, string[] ids)
    {
        if (struck.AllErrors.Count == 0)
        {
            Assert.True(IsAsTheListSays(shell, ids), $"{fault}: no error, and not done.");
            return "done";
        }

        string kinds = string.Join(", ", struck.AllErrors.Select(static error => error.FullyQualifiedErrorId.Split(',')[0]["Byok".Length..]).Distinct());
        return struck.TerminatingError is not null ? $"{kinds}, ends the command"
            : IsAsTheListSays(shell, ids) ? $"{kinds} (done all the same)"
            : kinds;
    }

    private static bool IsAsTheListSays(HostedPowerShell shell, string[] ids) =>
        shell.Ids.Order(StringComparer.Ordinal).SequenceEqual(ids[..Named].Order(StringComparer.Ordinal)) && shell.Store.Keys.All(static key => key.Disabled);

    private static SeedOptions Options => new() { Providers = ["mistral"] };

    /// <summary>Four rows, each with a change, and two keys that are not in the list.</summary>
    private static Task<CommandResult> RunAsync(HostedPowerShell shell, string[] ids, int throttleLimit = 8) => shell.InvokeAsync(
        "$named | ForEach-Object { [pscustomobject]@{ Id = $_; Disabled = 'true' } } | Sync-ByokKey -Prune -Confirm:$false -ThrottleLimit $throttleLimit",
        ("named", ids[..Named]),
        ("throttleLimit", throttleLimit));

    private static void AssertTrue(Fault fault, CommandResult struck, HostedPowerShell shell, string[] ids)
    {
        Assert.True(ids[..Named].All(shell.Ids.Contains), $"{fault}: a key that a row names was removed.");
        foreach (ByokSyncResult result in Results(struck))
        {
            SandboxKey? stored = shell.Store.Keys.FirstOrDefault(key => key.Id.ToString() == result.Id);
            bool isTrue = result.Action switch
            {
                ByokSyncAction.Changed => stored?.Disabled == true,
                ByokSyncAction.Removed => stored is null,
                ByokSyncAction.Failed => result.Error is not null,
                _ => false,
            };
            Assert.True(isTrue, $"{fault}: {result}");
        }

        // Every row has its result, unless the command ended early with an error.
        Assert.True(struck.TerminatingError is not null || Results(struck).Count(result => result.Row is not null) == Named, fault.ToString());
        Assert.Equal(Results(struck).Count(result => result.Action == ByokSyncAction.Failed), struck.Errors.Count);
    }

    private static ByokSyncResult[] Results(CommandResult synced) => [.. synced.Objects.Select(result => Assert.IsType<ByokSyncResult>(result.BaseObject))];
}
