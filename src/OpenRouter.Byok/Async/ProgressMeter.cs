using System.Diagnostics;
using System.Globalization;

namespace OpenRouter.Byok.Async;

/// <summary>Counts what is done and says so, for work that takes longer than a second.</summary>
/// <param name="activity">What the command does.</param>
/// <param name="elapsed">How long it has been at it; <see langword="null"/>: since this was made.</param>
internal sealed class ProgressMeter(string activity, Func<TimeSpan>? elapsed = null)
{
    /// <summary>How often a display is worth changing.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Func<TimeSpan> _elapsed = elapsed ?? SinceNow();
    private TimeSpan _next = TimeSpan.FromSeconds(1);
    private bool _shown;

    /// <summary>How many records succeeded.</summary>
    internal long Done { get; set; }

    /// <summary>How many records failed.</summary>
    internal long Failed { get; set; }

    /// <summary>How many there are; <see langword="null"/> where nobody knows yet.</summary>
    internal long? Total { get; set; }

    /// <summary>Shows the present state if it is time to.</summary>
    internal void Show(ICmdletPipeline pipeline)
    {
        if (_elapsed() < _next)
        {
            return;
        }

        _next = _elapsed() + Interval;
        _shown = true;
        pipeline.WriteProgress(Report());
    }

    /// <summary>Takes the display away.</summary>
    internal void Complete(ICmdletPipeline pipeline)
    {
        if (_shown)
        {
            pipeline.WriteProgress(Report() with { IsCompleted = true });
        }
    }

    private static Func<TimeSpan> SinceNow()
    {
        var clock = Stopwatch.StartNew();
        return () => clock.Elapsed;
    }

    private ProgressReport Report()
    {
        long finished = Done + Failed;
        double rate = finished / _elapsed().TotalSeconds;
        bool known = Total is { } total && total >= finished && total > 0;
        string status = string.Format(
            CultureInfo.InvariantCulture,
            "{0}{1} done{2}, {3:0.#} per second",
            Done,
            known ? FormattableString.Invariant($" of {Total}") : string.Empty,
            Failed > 0 ? FormattableString.Invariant($", {Failed} failed") : string.Empty,
            rate);
        return new ProgressReport(
            activity,
            status,
            known ? (int)(100 * finished / Total!.Value) : -1,
            known && rate > 0 ? (int)Math.Ceiling((Total!.Value - finished) / rate) : -1,
            IsCompleted: false);
    }
}
