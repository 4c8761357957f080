using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace OpenRouter.Byok.Tests;

/// <summary>Waits for a condition, with a time limit.</summary>
internal static class Wait
{
    /// <summary>Far longer than any of these waits takes, even on a busy machine.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    internal static async Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string expected = "")
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Longest, $"It did not happen within {Longest.TotalSeconds:0} s: {expected}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
