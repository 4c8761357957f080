using System.Security;

namespace OpenRouter.Byok.Client;

/// <summary>
/// The management key of a connection, which may change: after a 401 the connection's provider is called once, and all
/// requests that were refused in the meantime use the key that it returned.
/// </summary>
internal sealed class ManagementKeySource(ByokConnection connection) : IDisposable
{
    private readonly SemaphoreSlim _renewal = new(1, 1);
    private Snapshot _current = new(connection.ApiKey, Renewals: 0);

    /// <summary>The management key to send with.</summary>
    internal async ValueTask<Snapshot> GetAsync(CancellationToken cancellationToken)
    {
        Snapshot current = Volatile.Read(ref _current);
        if (current.Key is null)
        {
            await TryRenewAsync(current, cancellationToken).ConfigureAwait(false);
            current = Volatile.Read(ref _current);
        }

        return current;
    }

    /// <summary>Requests another management key after one was refused.</summary>
    /// <param name="refused">The management key of the refused attempt.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether there is another one.</returns>
    /// <exception cref="ByokApiException">The provider failed, or returned something that cannot be a management key.</exception>
    internal async Task<bool> TryRenewAsync(Snapshot refused, CancellationToken cancellationToken)
    {
        if (connection.ApiKeyProvider is not { } provider)
        {
            return false;
        }

        await _renewal.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_current.Renewals == refused.Renewals)
            {
                SecureString given = await AskAsync(provider, cancellationToken).ConfigureAwait(false);
                bool isSame = refused.Key is { } key && HaveSameText(key, given);
                Volatile.Write(ref _current, new Snapshot(isSame ? refused.Key : given, refused.Renewals + 1));
                connection.ApiKey = _current.Key;
            }

            return !ReferenceEquals(_current.Key, refused.Key);
        }
        finally
        {
            _renewal.Release();
        }
    }

    public void Dispose() => _renewal.Dispose();

    private static async Task<SecureString> AskAsync(Func<CancellationToken, Task<SecureString>> provider, CancellationToken cancellationToken)
    {
        SecureString? given;
        try
        {
            given = await provider(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not (OperationCanceledException or ByokApiException))
        {
            throw ApiErrors.NotConnected($"The management key could not be read: {error.Message.TrimEnd('.')}.");
        }

        if (given is null)
        {
            throw ApiErrors.NotConnected("No management key was given.");
        }

        ConnectionValidation.CheckManagementKey(given);
        SecureString copy = given.Copy();
        copy.MakeReadOnly();
        return copy;
    }

    private static bool HaveSameText(SecureString first, SecureString second)
    {
        using var one = new UnmanagedSecret(first);
        using var other = new UnmanagedSecret(second);
        return one.Characters.SequenceEqual(other.Characters);
    }

    /// <summary>The management key at some time.</summary>
    /// <param name="Key">The key; <see langword="null"/> before the first call of the provider.</param>
    /// <param name="Renewals">How many times the provider was called.</param>
    internal sealed record Snapshot(SecureString? Key, int Renewals);
}
