namespace OpenRouter.Byok.Client;

/// <summary>
/// Creates exactly one key for one call, although the API knows no idempotency key: after a failure that leaves the
/// outcome unknown, nothing is sent again until the list of keys was checked for the settling time.
/// </summary>
/// <remarks>
/// <para>
/// A key is returned if it is new since the request was sent, has the provider, workspace, name and masked raw key, and
/// belongs to no other create of this process. If the list shows no such key when the time is over, the request is sent
/// again, unless the server may still be processing it, a key matches only in part (a little too old for the clocks,
/// the same mask with another name, a missing field that would identify it), or the list could not be read to its end.
/// In these cases the outcome is reported as unknown.
/// </para>
/// <para>
/// No client can detect two cases without an idempotency key: a key that another process creates with the same values
/// at the same moment, and a key that appears later than the settling time. The module checks for the second once more
/// after a repeated request succeeded, and reports it in a warning.
/// </para>
/// </remarks>
internal sealed class CreateOnce(ByokClient client, HttpTransport transport, ByokConnection connection, TimeProvider time)
{
    private readonly Lazy<AccountCreates> _account = new(() => AccountCreates.Of(connection, time));

    internal async Task<ByokKey> CreateAsync(
        CreateByokKeyRequest request, RequestBody body, UnmanagedSecret key, IByokTrace? trace, IOperationSlot? slot, CancellationToken cancellationToken)
    {
        var call = new CreateCall(request, body, key, trace, slot);
        var reconciliation = new Reconciliation(client, transport, _account.Value, time);
        long started = time.GetTimestamp();
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                ByokKey? created = null;
                ByokApiException? failure = null;
                try
                {
                    created = await PostAsync(call, cancellationToken).ConfigureAwait(false);
                }
                catch (ByokApiException error) when (CreateFailure.LeavesOutcomeOpen(error))
                {
                    failure = error;
                }

                created ??= await SettleAsync(reconciliation, call, failure!, attempt, started, cancellationToken).ConfigureAwait(false);
                if (created is not null)
                {
                    if (attempt > 1)
                    {
                        slot?.Release();
                        await reconciliation.WatchForTwinAsync(call, created, cancellationToken).ConfigureAwait(false);
                    }

                    return created;
                }

                await (slot?.AcquireAsync(cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
                trace?.Verbose("The key was not created; creating it again.");
            }
        }
        finally
        {
            _account.Value.Leave(call);
        }
    }

    private async Task<ByokKey> PostAsync(CreateCall call, CancellationToken cancellationToken)
    {
        string? mismatch = null;
        var request = new ApiRequest<ByokKey>
        {
            Operation = "Creating a key",
            Method = HttpMethod.Post,
            Path = "/byok",
            Body = call.Body,
            RawKey = call.Key,
            Read = ResponseReader.ToKey,
            FindMismatch = shown => mismatch = FindMismatch(shown, call),
            IsCreate = true,
            Trace = call.Trace,
        };
        var state = new RequestState();
        CreateState next = CreateState.Open;
        _account.Value.BeginPost(call);
        try
        {
            ByokKey created = await transport.SendAsync(request, state, cancellationToken).ConfigureAwait(false);
            next = CreateState.Watching;
            return created;
        }
        catch (ByokApiException error) when (mismatch is not null)
        {
            call.Trace?.Warning(error.Message);
            throw;
        }
        finally
        {
            // The attempts before the last one were refused; only the last can have created anything.
            _account.Value.EndPost(call, next, state.SentAt);
        }
    }

    /// <summary>How a response shows that it belongs to another request; otherwise its key belongs to the create from now on.</summary>
    private static string? FindMismatch(ByokKey shown, CreateCall call)
    {
        string? difference = KeyMatch.FindMismatch(shown, call)
            ?? (ClaimedKeys.TryClaim(shown.Id) ? null : "a key that another create has returned");
        return difference is null ? null : $"it shows {shown.Id}, {difference}";
    }

    /// <summary>The key of a create whose outcome is unknown; <see langword="null"/> if the request must be sent again.</summary>
    private async Task<ByokKey?> SettleAsync(
        Reconciliation reconciliation, CreateCall call, ByokApiException failure, int attempt, long started, CancellationToken cancellationToken)
    {
        TimeSpan pause = failure.RetryAfter ?? transport.PauseAfter(attempt);
        bool mayRepeat = CreateFailure.IsWorthRepeating(failure)
            && attempt <= transport.MaximumRetryCount
            && pause < transport.MaximumRetryTime - time.GetElapsedTime(started);
        TimeSpan settling = mayRepeat && pause > Reconciliation.SettlingTime ? pause : Reconciliation.SettlingTime;
        call.Slot?.Release();
        ByokKey? found = await reconciliation.FindAsync(call, failure, settling, cancellationToken).ConfigureAwait(false);
        return found is not null || mayRepeat ? found
            : CreateFailure.MayStillTakeEffect(failure) ? throw ApiErrors.OutcomeUnknown("The list does not show it, but the server may still be processing the request.", failure)
            : throw failure;
    }
}
