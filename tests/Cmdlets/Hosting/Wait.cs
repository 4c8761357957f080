using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>Waits for conditions that other threads change.</summary>
internal static class Wait
{
    /// <summary>Far longer than any operation takes on a busy machine.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Waits until a condition holds; fails the test if it never does.</summary>
    internal static async Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Limit, $"It did not happen: {what}");
            await Task.Delay(5, TestContext.Current.CancellationToken).ConfigureAwait(false);
        }
    }
}
