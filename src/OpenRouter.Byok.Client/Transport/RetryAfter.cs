using System.Globalization;
using System.Net.Http.Headers;

namespace OpenRouter.Byok.Client;

/// <summary>How long a server asks to wait.</summary>
internal static class RetryAfter
{
    /// <summary>Represents a time that is too large or cannot be read: far longer than any wait.</summary>
    internal static readonly TimeSpan VeryLong = TimeSpan.FromDays(36_500);

    private static readonly char[] Digits = [.. "0123456789"];

    /// <summary>Reads <c>Retry-After</c>.</summary>
    /// <param name="headers">The response's headers.</param>
    /// <param name="now">The time by our clock, for a date if the response has no Date header.</param>
    /// <returns>The pause, at most <see cref="VeryLong"/>; <see langword="null"/> if the server did not ask for one.</returns>
    internal static TimeSpan? Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        // Not the parsed header, which treats a number that is too large for an Int32 as a missing header.
        string? text = headers.TryGetValues("Retry-After", out IEnumerable<string>? values) ? values.First().Trim() : null;
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        TimeSpan pause =
            ReadSeconds(text!) is { } seconds ? seconds < VeryLong.TotalSeconds ? TimeSpan.FromSeconds(seconds) : VeryLong
            : RetryConditionHeaderValue.TryParse(text, out RetryConditionHeaderValue? parsed) && parsed.Date is { } date ? date - (headers.Date ?? now)
            : VeryLong;
        return pause < TimeSpan.Zero ? TimeSpan.Zero : pause < VeryLong ? pause : VeryLong;
    }

    /// <summary>The number at the start of a text such as <c>120</c>, <c>1.5</c> or <c>30s</c>.</summary>
    private static double? ReadSeconds(string text)
    {
        string number = new(text.TakeWhile(static character => character is (>= '0' and <= '9') or '.' or '-').ToArray());

        // A date may begin with a number too.
        return text.IndexOfAny(Digits, number.Length) < 0 && double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            ? seconds
            : null;
    }
}
