using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;

namespace OpenRouter.Byok.Async;

/// <summary>Counts records and shows how far the command is, once it takes longer than a second.</summary>
/// <param name="cmdlet">Where the display goes.</param>
/// <param name="activity">What the command does.</param>
internal sealed class ProgressReporter(Cmdlet cmdlet, string activity)
{
    /// <summary>The shortest time between two updates of the display.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _next = TimeSpan.FromSeconds(1);
    private long _total = -1;
    private int _listings;
    private bool _isShown;
    private Wait? _wait;

    /// <summary>How many records succeeded.</summary>
    internal long Succeeded { get; set; }

    /// <summary>How many records failed.</summary>
    internal long Failed { get; set; }

    /// <summary>Announces a listing that will report how many objects it has; the total of several listings is unknown.</summary>
    internal void AddListing()
    {
        if (++_listings > 1)
        {
            Interlocked.Exchange(ref _total, -1);
        }
    }

    /// <summary>Sets the total; safe from any thread.</summary>
    internal void Expect(long total) => Interlocked.Exchange(ref _total, _listings <= 1 ? total : -1);

    /// <summary>Shows that a request waits; safe from any thread. Of several waits, the one that ends last is shown.</summary>
    internal void Waits(TimeSpan pause, string reason, int attempts)
    {
        var wait = new Wait(_clock.Elapsed + pause, reason, attempts);
        if (Volatile.Read(ref _wait) is not { } other || other.Ends < wait.Ends)
        {
            Volatile.Write(ref _wait, wait);
        }
    }

    /// <summary>Shows the current state if it is time to.</summary>
    internal void Show()
    {
        if (_clock.Elapsed < _next)
        {
            return;
        }

        _next = _clock.Elapsed + Interval;
        _isShown = true;
        cmdlet.WriteProgress(ToRecord());
    }

    /// <summary>Removes the display.</summary>
    internal void Complete()
    {
        if (_isShown)
        {
            ProgressRecord record = ToRecord();
            record.RecordType = ProgressRecordType.Completed;
            cmdlet.WriteProgress(record);
            _isShown = false;
        }
    }

    private ProgressRecord ToRecord()
    {
        long finished = Succeeded + Failed;
        long total = Interlocked.Read(ref _total);
        double rate = finished / _clock.Elapsed.TotalSeconds;
        bool isKnown = total > 0 && total >= finished;
        string status = string.Format(
            CultureInfo.InvariantCulture,
            "{0}{1} done{2}, {3:0.#} per second",
            Succeeded,
            isKnown ? FormattableString.Invariant($" of {total}") : string.Empty,
            Failed > 0 ? FormattableString.Invariant($", {Failed} failed") : string.Empty,
            rate);
        return new ProgressRecord(0, activity, status)
        {
            CurrentOperation = Volatile.Read(ref _wait) is { } wait && wait.Ends > _clock.Elapsed
                ? FormattableString.Invariant($"waiting {Math.Ceiling((wait.Ends - _clock.Elapsed).TotalSeconds)} s: {wait.Reason} ({wait.Attempts} {(wait.Attempts == 1 ? "attempt" : "attempts")})")
                : null,
            PercentComplete = isKnown ? (int)(100 * finished / total) : -1,
            SecondsRemaining = isKnown && rate > 0 ? (int)Math.Min(int.MaxValue, Math.Ceiling((total - finished) / rate)) : -1,
        };
    }

    private sealed record Wait(TimeSpan Ends, string Reason, int Attempts);
}
