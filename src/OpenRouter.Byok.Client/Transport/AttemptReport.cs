using System.Globalization;
using System.Text;

namespace OpenRouter.Byok.Client;

/// <summary>Reports an attempt to the trace: never a body, and only the headers that are listed here.</summary>
/// <param name="trace">Receives it; <see langword="null"/> for none.</param>
/// <param name="time">The clock.</param>
/// <param name="redactor">Redacts what the server sent.</param>
/// <param name="request">Method and address.</param>
/// <param name="number">The number of the attempt, the first being 1.</param>
internal sealed class AttemptReport(IByokTrace? trace, TimeProvider time, Redactor redactor, string request, int number)
{
    private const int LongestValue = 100;

    private static readonly string[] IdHeaders = ["X-Request-Id", "X-Generation-Id", "CF-Ray"];
    private static readonly string[] ShownHeaders =
    [
        "Date", "Server", "Content-Type", "Content-Encoding", "Location", "Retry-After", "Via",
        "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
    ];

    private readonly long _startedAt = time.GetTimestamp();
    private bool _hasEnded;

    /// <summary>Redacts what the server sent.</summary>
    internal Redactor Redactor => redactor;

    internal void Begin() => trace?.Verbose(FormattableString.Invariant($"{request}, attempt {number}"));

    /// <summary>Reports a complete response.</summary>
    internal void End(HttpResponseMessage response, int length)
    {
        _hasEnded = true;
        if (trace is not { IsDebugging: true })
        {
            return;
        }

        var line = new StringBuilder(FormattableString.Invariant(
            $"{request}, attempt {number}: {(int)response.StatusCode} over HTTP/{response.Version} in {Elapsed}, {length} bytes"));
        Append(line, response, IdHeaders, " request id {1}", isFirstOnly: true);
        Append(line, response, ShownHeaders, " {0}: {1}", isFirstOnly: false);
        trace.Debug(line.ToString());
    }

    /// <summary>Reports an attempt without a complete response.</summary>
    internal void Fail(ByokApiException failure)
    {
        if (!_hasEnded && trace is { IsDebugging: true })
        {
            trace.Debug($"{request}, attempt {number.ToString(CultureInfo.InvariantCulture)}: failed after {Elapsed}: {failure.Message}");
        }
    }

    private static string Shorten(string value) => value.Length > LongestValue ? value.Substring(0, LongestValue) + "…" : value;

    private string Elapsed => time.GetElapsedTime(_startedAt).TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) + " ms";

    private void Append(StringBuilder line, HttpResponseMessage response, string[] names, string format, bool isFirstOnly)
    {
        foreach (string name in names)
        {
            if (response.Headers.TryGetValues(name, out IEnumerable<string>? values) || response.Content.Headers.TryGetValues(name, out values))
            {
                line.Append(';').AppendFormat(CultureInfo.InvariantCulture, format, name, Shorten(redactor.Redact(string.Join(", ", values))!));
                if (isFirstOnly)
                {
                    return;
                }
            }
        }
    }
}
