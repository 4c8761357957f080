namespace OpenRouter.Byok.Client;

/// <summary>Up to eight characters in a row, as one number of 128 bits.</summary>
internal readonly record struct TextWindow(ulong High, ulong Low)
{
    private static readonly ulong HighFactor = NewFactor();
    private static readonly ulong LowFactor = NewFactor();

    /// <summary>Differs from process to process, so that no text can be made whose windows all have the same hash.</summary>
    public override int GetHashCode() => (int)(((High * HighFactor) + (Low * LowFactor)) >> 32);

    private static ulong NewFactor() => BitConverter.ToUInt64(Guid.NewGuid().ToByteArray(), 8) | 1;
}
