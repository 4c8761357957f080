using System.Security;
using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Sync;

/// <summary>The raw key of a row, read when it is first needed and released when it was sent or is no longer needed.</summary>
/// <param name="read">Reads the raw key; runs on the pipeline thread, since it may call another module.</param>
/// <param name="refuse">Makes the error for a raw key that has the wrong form.</param>
/// <param name="isOwned">Whether the raw key was made for this row and is disposed with it.</param>
internal sealed class RowRawKey(Func<SecureString> read, Func<string, ByokApiException> refuse, bool isOwned) : IDesiredRawKey, IDisposable
{
    private SecureString? _key;

    /// <summary>The raw key.</summary>
    /// <exception cref="ByokApiException">It cannot be read.</exception>
    internal SecureString Key => _key ??= read();

    /// <inheritdoc/>
    public bool? Fits(string? label)
    {
        using var secret = new UnmanagedSecret(Key);
        return secret.FitsLabel(label);
    }

    /// <inheritdoc/>
    public void Check(string? provider)
    {
        if (RawKey.FindProblem(Key, provider) is { } problem)
        {
            throw refuse($"the raw key {problem}.");
        }
    }

    /// <inheritdoc/>
    public KeyDifference? FindRegionChange(string? provider, string? region) => RawKey.FindRegionChange(Key, provider, region);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isOwned)
        {
            _key?.Dispose();
        }

        _key = null;
    }
}
