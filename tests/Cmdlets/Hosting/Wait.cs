using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>Waits for what happens on other threads.</summary>
internal static class Wait
{
    /// <summary>Far longer than anything takes on a busy machine.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Waits until a condition holds; fails the test where it never does.</summary>
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
