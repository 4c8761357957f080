namespace OpenRouter.Byok.Sandbox;

/// <summary>How many requests are admitted per second, with a burst of one second's worth; others get a 429.</summary>
public sealed record RateLimit(double RequestsPerSecond)
{
    /// <summary>What <c>Retry-After</c> says.</summary>
    public int RetryAfterSeconds { get; init; } = 1;

    /// <summary>Says it as a date instead of seconds.</summary>
    public bool RetryAfterAsDate { get; init; }
}
