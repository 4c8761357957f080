using System.Collections.Concurrent;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary><c>docs/reliability.md</c> shows what a user sees for every fault.</summary>
public sealed class FaultMatrixTests
{
    /// <summary>As many as wait for a time limit, so that they wait at the same time.</summary>
    private const int AtOnce = 36;

    [Fact]
    public async Task No_fault_duplicates_loses_hides_or_hangs_anything_and_the_document_says_what_it_does()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { LogRequests = false });
        var matrix = new FaultMatrix(server);
        matrix.Prepare();
        var work = new ConcurrentQueue<(Fault Fault, ApiOperation Operation, bool Bulk)>(
            from fault in FaultMatrix.Faults.OrderByDescending(FaultMatrix.IsWaitedFor)
            from operation in FaultMatrix.Operations
            from bulk in new[] { false, true }
            select (fault, operation, bulk));
        var cells = new ConcurrentDictionary<(Fault Fault, ApiOperation Operation, bool Bulk), string>();

        // A pipeline blocks its thread, so each has one of its own.
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (work.TryDequeue(out (Fault Fault, ApiOperation Operation, bool Bulk) cell))
                {
                    cells[cell] = matrix.Run(cell.Fault, cell.Operation, cell.Bulk);
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Empty(cells
            .Where(cell => cell.Value is FaultMatrix.Duplicate or FaultMatrix.Lost or FaultMatrix.Silent or FaultMatrix.Hung)
            .Select(cell => $"{cell.Key.Fault} {cell.Key.Operation} {(cell.Key.Bulk ? "bulk" : "single")}: {cell.Value}"));
        string computed = $"""
            ### Every attempt of one operation fails

            {FaultMatrix.Table(cells, bulk: false)}
            ### One request among many fails

            {FaultMatrix.Table(cells, bulk: true)}
            """;
        await new ComputedBlock("computed", "docs", "reliability.md").CompareAsync(computed, TestContext.Current.CancellationToken);
    }
}
