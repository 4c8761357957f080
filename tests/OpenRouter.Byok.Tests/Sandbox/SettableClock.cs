namespace OpenRouter.Byok.Tests.StandIn;

internal sealed class SettableClock : TimeProvider
{
    internal DateTimeOffset Now { get; set; } = new(2026, 8, 22, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
