using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Whatever goes wrong once, Sync-ByokKey says what is true, removes nothing that a row names, and the next run completes the rest.</summary>
public sealed class SyncFaultTests
{
    private const int Named = 4;
    private const int Seeded = 6;

    /// <summary>What takes real time: a request that is never answered, and a server that shows late what it has done.</summary>
    private static readonly string[] Slow = ["Hang", "SlowTrickle", "LateCommit", "ListLag"];

    [Theory]
    [InlineData(ApiOperation.List)]
    [InlineData(ApiOperation.Get)]
    [InlineData(ApiOperation.Update)]
    [InlineData(ApiOperation.Delete)]
    public async Task After_any_fault_the_results_are_true_and_the_next_run_completes_the_rest(ApiOperation operation)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: Seeded, retries: 1, keys: Options);
        string[] ids = shell.Ids;
        Fault[] faults = [.. Faults.All.Where(fault => !Slow.Any(name => fault.Name.StartsWith(name, StringComparison.Ordinal)))];
        Assert.NotEmpty(faults);
        foreach (Fault fault in faults)
        {
            shell.Server.Reset(Seeded, Options);
            shell.Server.Faults.Add(fault, operation, times: 1);
            CommandResult struck = await RunAsync(shell, ids);
            shell.Server.Faults.Clear();
            AssertTrue(fault, struck, shell, ids);

            // The copy of a response can reach one more request, which fails, and whose connection is closed.
            if (fault.Name.StartsWith("DuplicatedResponse", StringComparison.Ordinal))
            {
                await shell.InvokeAsync("Get-ByokKey | Out-Null");
            }

            CommandResult repeated = await RunAsync(shell, ids);
            Assert.True(repeated.AllErrors.Count == 0, $"{fault}: {string.Join('\n', repeated.AllErrors)}");
            Assert.Equal(ids[..Named].Order(StringComparer.Ordinal), shell.Ids.Order(StringComparer.Ordinal));
            Assert.All(shell.Store.Keys, key => Assert.True(key.Disabled, fault.ToString()));

            shell.Server.Requests.Clear();
            Assert.Equal(Enumerable.Repeat(ByokSyncAction.Unchanged, Named), Results(await RunAsync(shell, ids)).Select(result => result.Action));
            Assert.All(shell.Server.Requests, request => Assert.Equal(ApiOperation.List, request.Operation));
        }
    }

    private static SeedOptions Options => new() { Providers = ["mistral"] };

    /// <summary>Four rows, each with a change, and two keys that no row names.</summary>
    private static Task<CommandResult> RunAsync(HostedPowerShell shell, string[] ids) => shell.InvokeAsync(
        "$named | ForEach-Object { [pscustomobject]@{ Id = $_; Disabled = 'true' } } | Sync-ByokKey -Prune -Confirm:$false",
        ("named", ids[..Named]));

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
