using System.Security;

namespace OpenRouter.Byok.Client;

/// <summary>
/// The BYOK API: one method for each operation. Safe for concurrent use. Every method throws
/// <see cref="ByokApiException"/> if the operation fails and <see cref="OperationCanceledException"/> if it is stopped.
/// </summary>
public sealed class ByokClient : IDisposable
{
    /// <summary>An address has at most 65,519 characters, and each of these may take nine.</summary>
    private const int LongestSlug = 2000;

    private static readonly HttpMethod Patch = new("PATCH");

    private readonly ByokConnection _connection;
    private readonly HttpTransport _transport;
    private readonly CreateOnce _creates;

    /// <summary>A client for a connection. Sends nothing yet.</summary>
    /// <param name="connection">How to reach the account.</param>
    /// <param name="timeProvider">The clock; <see langword="null"/>: the system's.</param>
    /// <exception cref="ByokApiException">The connection has no management key, or its address is unsafe.</exception>
    public ByokClient(ByokConnection connection, TimeProvider? timeProvider = null)
    {
        if (connection is null)
        {
            throw new ArgumentNullException(nameof(connection));
        }

        TimeProvider time = timeProvider ?? TimeProvider.System;
        _connection = connection;
        _transport = new HttpTransport(connection, time);
        _creates = new CreateOnce(this, _transport, connection, time);
    }

    /// <summary>
    /// Lists keys (<c>GET /byok</c>): each key that exists from the start to the end of the listing exactly once,
    /// even if keys are created or deleted in the meantime.
    /// </summary>
    /// <param name="request">Which keys; <see langword="null"/>: all of the account's default workspace.</param>
    /// <param name="trace">Receives attempts, the total count and warnings.</param>
    /// <param name="cancellationToken">Stops the listing and the pages that are read ahead.</param>
    public IAsyncEnumerable<ByokKey> ListKeysAsync(
        ListByokKeysRequest? request = null, IByokTrace? trace = null, CancellationToken cancellationToken = default)
    {
        request ??= new ListByokKeysRequest();
        string filter = (request.WorkspaceId is null ? string.Empty : "&workspace_id=" + Escape(ResourceId.Check(request.WorkspaceId, "workspace")))
            + (request.Provider is null ? string.Empty : "&provider=" + Escape(request.Provider));
        return OffsetListing<ByokKey>.ReadAsync(
            (offset, limit, stop) => _transport.SendAsync(
                new ApiRequest<Page<ByokKey>>
                {
                    Operation = "Listing keys",
                    Method = HttpMethod.Get,
                    Path = FormattableString.Invariant($"/byok?offset={offset}&limit={limit}") + filter,
                    Read = ResponseReader.ToKeyPage,
                    Trace = trace,
                },
                stop),
            static key => key.Id,
            new ListingRange(request.Skip, request.First, Math.Min(request.PageSize, 100), request.ReadAhead),
            trace,
            cancellationToken);
    }

    /// <summary>Requests one key, to check whether address, management key and workspace are right.</summary>
    /// <param name="trace">Receives attempts.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task CheckAsync(IByokTrace? trace = null, CancellationToken cancellationToken = default)
    {
        string workspace = _connection.WorkspaceId is { } id ? "&workspace_id=" + Escape(ResourceId.Check(id, "workspace")) : string.Empty;
        await _transport.SendAsync(
            new ApiRequest<Page<ByokKey>>
            {
                Operation = "Connecting",
                Method = HttpMethod.Get,
                Path = "/byok?offset=0&limit=1" + workspace,
                Read = ResponseReader.ToKeyPage,
                Trace = trace,
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lists workspaces (<c>GET /workspaces</c>), with the same promise as <see cref="ListKeysAsync"/>.</summary>
    /// <param name="skip">How many to skip.</param>
    /// <param name="first">How many to return at most; <see langword="null"/>: all.</param>
    /// <param name="trace">Receives attempts, the total count and warnings.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    public IAsyncEnumerable<ByokWorkspace> ListWorkspacesAsync(
        long skip = 0, long? first = null, IByokTrace? trace = null, CancellationToken cancellationToken = default) =>
        OffsetListing<ByokWorkspace>.ReadAsync(
            (offset, limit, stop) => _transport.SendAsync(
                new ApiRequest<Page<ByokWorkspace>>
                {
                    Operation = "Listing workspaces",
                    Method = HttpMethod.Get,
                    Path = FormattableString.Invariant($"/workspaces?offset={offset}&limit={limit}"),
                    Read = ResponseReader.ToWorkspacePage,
                    Trace = trace,
                },
                stop),
            static workspace => workspace.Id,
            new ListingRange(skip, first, PageSize: 100, ReadAhead: 8),
            trace,
            cancellationToken);

    /// <summary>Gets one key (<c>GET /byok/{id}</c>).</summary>
    /// <param name="id">The id, a UUID.</param>
    /// <param name="trace">Receives attempts.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<ByokKey> GetKeyAsync(string id, IByokTrace? trace = null, CancellationToken cancellationToken = default) =>
        await _transport.SendAsync(
            new ApiRequest<ByokKey>
            {
                Operation = $"Getting key {ResourceId.Check(id)}",
                Method = HttpMethod.Get,
                Path = PathOf(id),
                Read = ResponseReader.ToKey,
                FindMismatch = key => FindOtherId(key, id),
                Trace = trace,
            },
            cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Creates one key (<c>POST /byok</c>): exactly one, or none and an error; if the outcome is unknown, an error of the
    /// kind <see cref="ByokErrorKind.CreateOutcomeUnknown"/>.
    /// </summary>
    /// <param name="request">The key to create.</param>
    /// <param name="trace">Receives attempts, and the checks after a failure.</param>
    /// <param name="cancellationToken">Stops it; whether the key was created is then unknown.</param>
    public Task<ByokKey> CreateKeyAsync(CreateByokKeyRequest request, IByokTrace? trace = null, CancellationToken cancellationToken = default) =>
        CreateKeyAsync(request, trace, slot: null, cancellationToken);

    /// <summary>Creates one key, and lets other operations run while it waits.</summary>
    /// <param name="request">The key to create.</param>
    /// <param name="trace">Receives attempts, and the checks after a failure.</param>
    /// <param name="slot">The place of the create among the operations that run at once; <see langword="null"/> if there is no limit.</param>
    /// <param name="cancellationToken">Stops it; whether the key was created is then unknown.</param>
    public async Task<ByokKey> CreateKeyAsync(CreateByokKeyRequest request, IByokTrace? trace, IOperationSlot? slot, CancellationToken cancellationToken)
    {
        if (request is null)
        {
            throw new ArgumentNullException(nameof(request));
        }

        CheckSettings(request.Settings);
        if (string.IsNullOrWhiteSpace(request.Provider))
        {
            throw ApiErrors.BadInput("Provider is required but blank or missing. Nothing was sent.");
        }

        if (request.WorkspaceId.IsSet)
        {
            ResourceId.Check(request.WorkspaceId.Value, "workspace");
        }

        using UnmanagedSecret key = ReadKey(request.Key, request.Provider);
        using RequestBody body = RequestBody.ForCreate(request, key);
        return await _creates.CreateAsync(request, body, key, trace, slot, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Changes one key (<c>PATCH /byok/{id}</c>). Safe to repeat, so it is retried.</summary>
    /// <param name="id">The id, a UUID.</param>
    /// <param name="request">What changes.</param>
    /// <param name="trace">Receives attempts.</param>
    /// <param name="cancellationToken">Stops it; whether the change was made is then unknown.</param>
    public async Task<ByokKey> UpdateKeyAsync(
        string id, UpdateByokKeyRequest request, IByokTrace? trace = null, CancellationToken cancellationToken = default)
    {
        if (request is null)
        {
            throw new ArgumentNullException(nameof(request));
        }

        ResourceId.Check(id);
        CheckSettings(request.Settings);
        if (request.IsEmpty)
        {
            throw ApiErrors.BadInput($"No change is given for key {id}. Nothing was sent.");
        }

        using UnmanagedSecret? key = request.Key is null ? null : ReadKey(request.Key, request.Provider);
        using RequestBody body = RequestBody.ForUpdate(request, key);
        return await _transport.SendAsync(
            new ApiRequest<ByokKey>
            {
                Operation = $"Changing key {request.KeyName ?? id}",
                Method = Patch,
                Path = PathOf(id),
                Body = body,
                RawKey = key,
                Read = ResponseReader.ToKey,
                FindMismatch = changed => FindOtherId(changed, id),
                Trace = trace,
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Deletes one key (<c>DELETE /byok/{id}</c>). Safe to repeat, so it is retried; a retry that finds no key has
    /// succeeded.
    /// </summary>
    /// <param name="id">The id, a UUID.</param>
    /// <param name="trace">Receives attempts.</param>
    /// <param name="cancellationToken">Stops it; whether the key was deleted is then unknown.</param>
    public Task DeleteKeyAsync(string id, IByokTrace? trace = null, CancellationToken cancellationToken = default) =>
        DeleteKeyAsync(id, name: null, trace, cancellationToken);

    /// <summary>Deletes one key, and uses its name in messages.</summary>
    /// <param name="id">The id, a UUID.</param>
    /// <param name="name">The name of the key in messages; <see langword="null"/>: its id.</param>
    /// <param name="trace">Receives attempts.</param>
    /// <param name="cancellationToken">Stops it; whether the key was deleted is then unknown.</param>
    public async Task DeleteKeyAsync(string id, string? name, IByokTrace? trace, CancellationToken cancellationToken)
    {
        ResourceId.Check(id);
        var request = new ApiRequest<bool>
        {
            Operation = $"Deleting key {name ?? id}",
            Method = HttpMethod.Delete,
            Path = PathOf(id),
            Read = ResponseReader.ToDeleted,
            Trace = trace,
        };
        var state = new RequestState();
        try
        {
            await _transport.SendAsync(request, state, cancellationToken).ConfigureAwait(false);
        }
        catch (ByokApiException error) when (error.Kind == ByokErrorKind.NotFound && state.MayHaveBeenProcessed)
        {
            trace?.Verbose($"Key {id} is deleted: an earlier attempt deleted it although its response was lost.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    /// <summary>The ids of the API may come back in another case.</summary>
    private static string? FindOtherId(ByokKey key, string id) =>
        string.Equals(key.Id, id, StringComparison.OrdinalIgnoreCase) ? null : $"it is about key {ResourceId.Show(key.Id)}";

    private static string PathOf(string id) => "/byok/" + Escape(id);

    private static string Escape(string data)
    {
        try
        {
            if (data.Length <= LongestSlug)
            {
                return Uri.EscapeDataString(data);
            }
        }
        catch (UriFormatException)
        {
            // Half a surrogate pair, on .NET Framework.
        }

        throw ApiErrors.BadInput($"'{ShownText.Shorten(data)}' cannot be part of an address: it is longer than {LongestSlug} characters, or it has half a surrogate pair. Nothing was sent.");
    }

    /// <exception cref="ByokApiException">The raw key is invalid for the provider.</exception>
    private static UnmanagedSecret ReadKey(SecureString key, string? provider)
    {
        RawKey.Check(key, provider);
        return new UnmanagedSecret(key);
    }

    private static void CheckSettings(ByokKeySettings settings)
    {
        if (settings.FindProblem() is (var field, var problem))
        {
            throw ApiErrors.BadInput($"{field}: {problem} Nothing was sent.");
        }
    }
}
