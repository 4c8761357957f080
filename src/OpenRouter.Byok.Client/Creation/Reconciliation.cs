namespace OpenRouter.Byok.Client;

/// <summary>Checks in the list of keys whether a create whose request failed created its key.</summary>
/// <remarks>
/// The list is not filtered by provider: a server may store another form of the slug than was sent, and the filter would
/// then hide the key.
/// </remarks>
internal sealed class Reconciliation(ByokClient client, HttpTransport transport, AccountCreates account, TimeProvider time)
{
    /// <summary>
    /// How long a failed request may take until its key appears in the list. Only after that time is a key treated as
    /// not created. The same time after a repeated request succeeded, the list is checked for a second key.
    /// </summary>
    internal static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(10);

    /// <summary>The time from the first look, which follows the failure at once, to the second; each further one is twice as long.</summary>
    private static readonly TimeSpan FirstDistance = TimeSpan.FromSeconds(1);

    /// <summary>The key of a create, or <see langword="null"/> if the list does not show one when the time is over.</summary>
    /// <param name="call">The create; its outcome is unknown.</param>
    /// <param name="failure">How its request failed.</param>
    /// <param name="settling">How long to check, at least <see cref="SettlingTime"/>.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <exception cref="ByokApiException">The outcome is unknown.</exception>
    internal async Task<ByokKey?> FindAsync(CreateCall call, ByokApiException failure, TimeSpan settling, CancellationToken cancellationToken)
    {
        call.Trace?.Verbose($"{failure.Message} Checking whether the key was created.");
        long from = time.GetTimestamp();
        TimeSpan due = TimeSpan.Zero;
        TimeSpan distance = FirstDistance;
        while (true)
        {
            Look look = await LookAsync(call, failure, from, due, cancellationToken).ConfigureAwait(false);
            CreateVerdict verdict = await JudgeAsync(call, look, cancellationToken).ConfigureAwait(false);
            if (verdict.Finding == CreateFinding.Found)
            {
                Report(call, verdict);
                return verdict.Key;
            }

            // A key that matches only in part may belong to another create, and the key may still appear.
            TimeSpan elapsed = time.GetElapsedTime(from, look.BeganAt);
            if (verdict.Finding == CreateFinding.Contested || (verdict.Finding == CreateFinding.Doubtful && elapsed >= settling))
            {
                throw ApiErrors.OutcomeUnknown(verdict.Evidence!, failure);
            }

            if (elapsed >= settling)
            {
                return null;
            }

            if (elapsed >= due)
            {
                due = elapsed + distance < settling ? elapsed + distance : settling;
                distance += distance;
                TimeSpan wait = due - time.GetElapsedTime(from);
                ReportWait(call, wait, FormattableString.Invariant($"Waiting {wait.TotalSeconds:0.#} s before looking for the key again."));
            }
        }
    }

    /// <summary>Warns of a key that an earlier attempt created, if it appears after a later attempt succeeded.</summary>
    /// <remarks>The create already has its key: a stop ends the wait, not the create.</remarks>
    internal async Task WatchForTwinAsync(CreateCall call, ByokKey created, CancellationToken cancellationToken)
    {
        account.Watch(call);
        ReportWait(
            call,
            SettlingTime,
            FormattableString.Invariant(
                $"Key {created.Id} was created. Waiting {SettlingTime.TotalSeconds:0.#} s before checking whether the failed attempt also created a key."));
        long from = time.GetTimestamp();
        try
        {
            Look look;
            do
            {
                look = await NextLookAsync(call, from, SettlingTime, cancellationToken).ConfigureAwait(false);
                IReadOnlyList<ByokKey> twins = account.FindTwins(call, look);
                if (twins.Count > 0)
                {
                    call.Trace?.Warning(
                        $"Key {created.Id} was created after a failed attempt, and that attempt apparently also created a key: {KeyMatch.Describe(twins)}. Remove the key that is not needed.");
                    return;
                }
            }
            while (time.GetElapsedTime(from, look.BeganAt) < SettlingTime);

            if (look.Doubt is { } doubt)
            {
                WarnOfUnknownTwin(call, created, doubt);
            }
        }
        catch (ByokApiException error)
        {
            WarnOfUnknownTwin(call, created, error.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            WarnOfUnknownTwin(call, created, "The command was stopped.");
        }
    }

    private static void ReportWait(CreateCall call, TimeSpan wait, string message)
    {
        call.Trace?.Verbose(message);
        call.Trace?.Waiting(wait, "outcome of a create", call.Posts);
    }

    private static void WarnOfUnknownTwin(CreateCall call, ByokKey created, string reason) => call.Trace?.Warning(
        $"Key {created.Id} was created after a failed attempt. It is unknown whether that attempt also created a key: {reason} Compare it with the other keys of the provider {call.Request.Provider}.");

    private static void Report(CreateCall call, CreateVerdict verdict)
    {
        ByokKey key = verdict.Key!;
        call.Trace?.Verbose($"The key was created: {key.Id}.");
        if (verdict.Alike is { Count: > 0 } alike)
        {
            call.Trace?.Warning(
                $"After a failed response, key {key.Id} was identified as the created key, but other keys have the same values and are equally new: {KeyMatch.Describe(alike)}. Remove the key that is not needed.");
        }
    }

    private async Task<Look> LookAsync(CreateCall call, ByokApiException failure, long from, TimeSpan due, CancellationToken cancellationToken)
    {
        try
        {
            return await NextLookAsync(call, from, due, cancellationToken).ConfigureAwait(false);
        }
        catch (ByokApiException error) when (error.Kind == ByokErrorKind.Unauthorized && failure.Kind == ByokErrorKind.Unauthorized)
        {
            // A gateway may refuse the management key with its own error body, as it did for the create.
            throw failure;
        }
        catch (ByokApiException error)
        {
            throw ApiErrors.OutcomeUnknown($"The check in the list of keys failed too: {error.Message}", failure);
        }
    }

    private Task<Look> NextLookAsync(CreateCall call, long from, TimeSpan due, CancellationToken cancellationToken)
    {
        string? workspace = call.Request.WorkspaceId.Value;
        return account.LooksAt(workspace).NextAsync(
            from, due, call, (calls, stop) => ListAsync(workspace, calls, new LookTrace(call.Trace, cancellationToken), stop), cancellationToken);
    }

    private async Task<CreateVerdict> JudgeAsync(CreateCall call, Look look, CancellationToken cancellationToken)
    {
        while (true)
        {
            CreateVerdict verdict = account.Judge(call, look);
            if (verdict.Finding != CreateFinding.Undecided)
            {
                return verdict;
            }

            call.Trace?.Verbose("A key with the same values is being created; waiting for its response.");
            var stopped = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            using CancellationTokenRegistration registration = cancellationToken.Register(() => stopped.TrySetCanceled(cancellationToken));
            await (await Task.WhenAny(verdict.Pending!, stopped.Task).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private async Task<Look> ListAsync(string? workspace, IReadOnlyList<CreateCall> calls, LookTrace trace, CancellationToken cancellationToken)
    {
        var keys = new List<ByokKey>();
        long beganAt = time.GetTimestamp();
        await foreach (ByokKey key in client.ListKeysAsync(new ListByokKeysRequest { WorkspaceId = workspace }, trace, cancellationToken).ConfigureAwait(false))
        {
            // Each create decides for itself, because the raw key of another create may be disposed by now.
            if (calls.Any(call => !KeyMatch.IsCertainlyOlder(key, call, transport.ClockOffset)))
            {
                keys.Add(key);
            }
        }

        return new Look
        {
            Keys = keys,
            Doubt = trace.Doubt,
            ClockOffset = transport.ClockOffset,
            BeganAt = beganAt,
            Order = account.TakeOrder(),
        };
    }
}
