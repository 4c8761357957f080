using System.Management.Automation;
using OpenRouter.Byok.Async;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>A cmdlet that sends one request for each input, several at once.</summary>
public abstract class ThrottledCmdlet : ByokCmdlet
{
    /// <summary>How many requests may be in flight at once, 1 to 64.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = RecordScheduler.DefaultThrottleLimit;

    private protected override int Concurrency => ThrottleLimit;
}
