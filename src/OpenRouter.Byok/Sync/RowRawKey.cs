using System.Security;
using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Sync;

/// <summary>The raw key of a row, read when it is first needed and released when it was sent or is not needed any more.</summary>
/// <param name="read">Reads the raw key; runs on the pipeline thread, since it may call another module.</param>
/// <param name="isOwned">Whether the raw key was made for this row and is disposed with it.</param>
internal sealed class RowRawKey(Func<SecureString> read, bool isOwned) : IDesiredRawKey, IDisposable
{
    private SecureString? _key;

    /// <summary>The raw key.</summary>
    /// <exception cref="ByokApiException">It cannot be read.</exception>
    internal SecureString Key => _key ??= read();

    /// <inheritdoc/>
    public bool? Fits(string? label)
    {
        using var secret = new UnmanagedSecret(Key);
        bool? fits = secret.FitsLabel(label);
        if (fits == true)
        {
            Dispose();
        }

        return fits;
    }

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
