using System.Security;
using System.Text.Json;

namespace OpenRouter.Byok.Client;

/// <summary>Sends one attempt and reads its response, within the time limit.</summary>
internal sealed class AttemptSender : IDisposable
{
    /// <summary>The maximum size of a response: five times a page of 100 keys with full allow-lists.</summary>
    internal const int LargestResponse = 16 * 1024 * 1024;

    /// <summary>The same for the response to a change, which holds one key: it is searched for echoes of the raw key.</summary>
    internal const int LargestResponseToChange = 1024 * 1024;

    /// <summary>A server's clock that differs by more than this is ignored.</summary>
    private static readonly TimeSpan LargestClockOffset = TimeSpan.FromDays(1);

    private readonly ByokConnection _connection;
    private readonly TimeProvider _time;
    private readonly TimeSpan _longestPause;
    private readonly RequestMessages _messages;
    private readonly ConnectionPools _pools;

    internal AttemptSender(ByokConnection connection, TimeProvider time, TimeSpan longestPause)
    {
        _connection = connection;
        _time = time;
        _longestPause = longestPause;
        _messages = new RequestMessages(connection);
        _pools = ConnectionPools.For(connection);
    }

    /// <summary>How far the server's clock is ahead of ours, by the last response's <c>Date</c>; <see langword="null"/> before the first.</summary>
    internal TimeSpan? ClockOffset { get; private set; }

    public void Dispose() => _pools.Dispose();

    /// <summary>Sends an attempt.</summary>
    /// <exception cref="ByokApiException">It failed.</exception>
    internal async Task<TResult> SendAsync<TResult>(
        ApiRequest<TResult> request, SecureString apiKey, RequestState state, CancellationToken cancellationToken)
    {
        using var managementKey = new UnmanagedSecret(apiKey);
        state.Attempts++;
        state.SentAt = _time.GetUtcNow();
        var report = new AttemptReport(request.Trace, _time, new Redactor(managementKey, request.RawKey), $"{request.Method} {_messages.AddressOf(request)}", state.Attempts);
        report.Begin();
        using CancellationTokenSource timeout = StartTimeout();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        ConnectionPool pool = _pools.Rent();
        try
        {
            return await SendAsync(request, managementKey, state, report, pool, limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is OperationCanceledException or HttpRequestException or IOException or ByokApiException)
        {
            // A stop and a timeout close connections; the error that this causes is not a failure of the network.
            cancellationToken.ThrowIfCancellationRequested();
            ByokApiException failure = error as ByokApiException
                ?? (error is OperationCanceledException || timeout.IsCancellationRequested
                    ? ApiErrors.Timeout(request.Operation, _connection.TimeoutSec)
                    : ApiErrors.ConnectionFailed(request.Operation, _connection.BaseUri, error));
            report.Fail(failure);
            throw failure;
        }
        finally
        {
            pool.Return();
        }
    }

    private async Task<TResult> SendAsync<TResult>(
        ApiRequest<TResult> request, UnmanagedSecret managementKey, RequestState state, AttemptReport report, ConnectionPool pool, CancellationToken cancellationToken)
    {
        using HttpClient http = pool.CreateClient();
        using RequestMessage message = _messages.Build(request, managementKey);
        using HttpResponseMessage response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);

        // The handler sent it again because the server reported that it had not processed it, which may be wrong.
        state.MayHaveBeenProcessed |= message.Sent?.Count > 1;
        DateTimeOffset now = _time.GetUtcNow();
        if (response.Headers.Date is { } date && (date - now) is var offset && offset.Duration() < LargestClockOffset)
        {
            ClockOffset = offset;
        }

        int largest = request.Body is null ? LargestResponse : LargestResponseToChange;
        using ResponseBuffer body = await ResponseBuffer.ReadAsync(request.Operation, response, largest, cancellationToken).ConfigureAwait(false);
        report.End(response, body.Bytes.Length);
        if (!response.IsSuccessStatusCode)
        {
            throw ApiErrors.Status(request.Operation, response, body.Bytes, report.Redactor, now, _longestPause);
        }

        TResult result;
        try
        {
            result = Parse(request, response, body.Bytes, report.Redactor);
        }
        catch (ByokApiException)
        {
            // It may be the response to a request of another kind.
            _pools.Replace(pool);
            throw;
        }

        if (request.FindMismatch?.Invoke(result) is { } mismatch)
        {
            _pools.Replace(pool);
            throw ApiErrors.Mismatch(request.Operation, mismatch, (int)response.StatusCode);
        }

        return result;
    }

    private static TResult Parse<TResult>(ApiRequest<TResult> request, HttpResponseMessage response, ReadOnlyMemory<byte> body, Redactor redactor)
    {
        try
        {
            return ResponseReader.Read(body, request.Read);
        }
        catch (JsonException)
        {
            // The parser's own message quotes the response, which may echo a secret: it is not kept.
            string? type = redactor.Redact(response.Content.Headers.ContentType?.MediaType);
            string what = body.IsEmpty ? "it is empty" : $"it is not the JSON that was expected{(type is null ? string.Empty : $" (its type is {type})")}";
            throw ApiErrors.BadResponse(request.Operation, what, (int)response.StatusCode);
        }
    }

    private CancellationTokenSource StartTimeout()
    {
        TimeSpan timeout = TimeSpan.FromSeconds(_connection.TimeoutSec);
#if NET
        return new CancellationTokenSource(timeout, _time);
#else
        return _time.CreateCancellationTokenSource(timeout);
#endif
    }
}
