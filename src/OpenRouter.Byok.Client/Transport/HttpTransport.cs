using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Polly;

namespace OpenRouter.Byok.Client;

/// <summary>
/// The way of every request: the gate, the attempt with its time limit, the bounded reading of the answer, the retry.
/// </summary>
internal sealed class HttpTransport : IDisposable
{
    /// <summary>The most that is read of an answer: five times a page of 100 keys with all their allow-lists full.</summary>
    internal const int LargestAnswer = 16 * 1024 * 1024;

    /// <summary>The same for the answer to a change, which holds one key: it is searched for echoes of the raw key.</summary>
    internal const int LargestAnswerToChange = 1024 * 1024;

    /// <summary>A server's clock that is further off than this is not believed.</summary>
    private static readonly TimeSpan LargestClockOffset = TimeSpan.FromDays(1);

    private static readonly ProductInfoHeaderValue UserAgent = new(
        "OpenRouter.Byok",
        typeof(HttpTransport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]);

    private static readonly HashSet<string> OwnHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Authorization", "Proxy-Authorization", "Host", "Content-Type", "Content-Length", "Transfer-Encoding", "Connection", "User-Agent", "Expect", "Upgrade",
    };

    private readonly ByokConnection _connection;
    private readonly TimeProvider _time;
    private readonly ConnectionPools _pools;
    private readonly ConcurrencyLimiter _gate;
    private readonly string _root;
    private ResiliencePipeline? _retry;

    internal HttpTransport(ByokConnection connection, TimeProvider time)
    {
        Check(connection);
        _connection = connection;
        _time = time;
        _gate = new ConcurrencyLimiter(time);
        _root = connection.BaseUri.GetLeftPart(UriPartial.Path).TrimEnd('/');
        _pools = ConnectionPools.For(connection);
    }

    /// <summary>How far the server's clock is ahead of ours, by the last answer's <c>Date</c>; <see langword="null"/> before the first.</summary>
    internal TimeSpan? ClockOffset { get; private set; }

    /// <summary>How many times a failed request is sent again at most.</summary>
    internal int MaximumRetryCount => _connection.MaximumRetryCount;

    public void Dispose() => _pools.Dispose();

    /// <summary>The pause after a failed attempt, the first being 1, where the server names none.</summary>
    internal TimeSpan PauseAfter(int attempt) => RetryPolicy.PauseWithoutHint(_connection, attempt);

    /// <summary>Sends a request until it succeeds or is not worth another attempt.</summary>
    /// <exception cref="ByokApiException">It failed.</exception>
    internal Task<TResult> SendAsync<TResult>(ApiRequest<TResult> request, CancellationToken cancellationToken) =>
        SendAsync(request, new RequestState(), cancellationToken);

    /// <summary>Sends a request until it succeeds or is not worth another attempt.</summary>
    /// <param name="request">The request.</param>
    /// <param name="state">Receives what becomes of its attempts.</param>
    /// <param name="cancellationToken">Stops it at once.</param>
    /// <exception cref="ByokApiException">It failed.</exception>
    internal async Task<TResult> SendAsync<TResult>(ApiRequest<TResult> request, RequestState state, CancellationToken cancellationToken)
    {
        using UnmanagedSecret managementKey = new(_connection.ApiKey!);
        var redactor = new Redactor(managementKey, request.RawKey);
        state.StartedAt = _time.GetTimestamp();
        long ticket = _gate.TakeTicket();
        try
        {
            return await AttemptAsync().ConfigureAwait(false);
        }
        catch (ByokApiException failure) when (failure.IsTransient)
        {
            return await RepeatAsync(request, failure, AttemptAsync, state, cancellationToken).ConfigureAwait(false);
        }

        async ValueTask<TResult> AttemptAsync()
        {
            long round = await _gate.EnterAsync(ticket, cancellationToken).ConfigureAwait(false);
            if (round == ConcurrencyLimiter.TurnedBack)
            {
                throw ApiErrors.StillClosed(request.Operation, _gate.ClosedFor);
            }

            bool succeeded = false;
            try
            {
                state.Attempts++;
                state.SentAt = _time.GetUtcNow();
                state.Pause = TimeSpan.Zero;
                request.Trace?.Verbose(FormattableString.Invariant($"{request.Method} {_root}{request.Path}, attempt {state.Attempts}"));
                TResult result = await ExchangeAsync(request, managementKey, redactor, cancellationToken).ConfigureAwait(false);
                succeeded = true;
                return result;
            }
            catch (ByokApiException error)
            {
                state.MayHaveBeenProcessed |= error.MayHaveBeenProcessed;
                if (error.Kind == ByokErrorKind.RateLimited)
                {
                    state.Pause = error.RetryAfter ?? PauseAfter(state.Attempts);
                    _gate.Close(round, state.Pause);
                }

                throw;
            }
            finally
            {
                _gate.Leave(round, succeeded);
            }
        }
    }

    /// <summary>
    /// Goes on after a first attempt that failed, which counts. Only here the retry library is touched: to load and
    /// compile it takes longer than a request, and most sessions never need it.
    /// </summary>
    private async Task<TResult> RepeatAsync<TResult>(
        ApiRequest<TResult> request, ByokApiException failure, Func<ValueTask<TResult>> attempt, RequestState state, CancellationToken cancellationToken)
    {
        ResiliencePipeline retry = _retry ??= RetryPolicy.Build(_connection, _time);
        ExceptionDispatchInfo? first = ExceptionDispatchInfo.Capture(failure);
        ResilienceContext context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancellationToken);
        context.Properties.Set(RetryPolicy.State, state);
        context.Properties.Set(RetryPolicy.IsCreate, request.IsCreate);
        context.Properties.Set(RetryPolicy.Trace, request.Trace);
        try
        {
            return await retry.ExecuteAsync(
                async _ =>
                {
                    Interlocked.Exchange(ref first, null)?.Throw();
                    return await attempt().ConfigureAwait(false);
                },
                context).ConfigureAwait(false);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async Task<TResult> ExchangeAsync<TResult>(
        ApiRequest<TResult> request, UnmanagedSecret managementKey, Redactor redactor, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using ITimer timer = _time.CreateTimer(
            static source =>
            {
                try
                {
                    ((CancellationTokenSource)source!).Cancel();
                }
                catch (ObjectDisposedException)
                {
                    // The attempt is over: nobody waits for a timer that is firing already.
                }
            },
            limit,
            TimeSpan.FromSeconds(_connection.TimeoutSec),
            Timeout.InfiniteTimeSpan);
        ConnectionPool pool = _pools.Rent();
        try
        {
            using HttpClient http = pool.CreateClient();
            using HttpRequestMessage message = ToMessage(request.Method, request.Path, request.Body, managementKey);
            using HttpResponseMessage response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (response.Headers.Date is { } date && (date - _time.GetUtcNow()) is var offset && offset.Duration() < LargestClockOffset)
            {
                ClockOffset = offset;
            }

            using ResponseBuffer answer = await ResponseBuffer.ReadAsync(
                request.Operation, response, request.Body is null ? LargestAnswer : LargestAnswerToChange, limit.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                throw ApiErrors.Status(response, answer.Bytes, redactor, request.Operation, _time.GetUtcNow());
            }

            TResult result = Parse(request, response, answer.Bytes, redactor);
            if (request.FindMismatch?.Invoke(result) is { } mismatch)
            {
                _pools.Replace(pool);
                throw ApiErrors.Mismatch(request.Operation, mismatch, (int)response.StatusCode);
            }

            return result;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ApiErrors.Timeout(request.Operation, _connection.TimeoutSec);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            // A stop tears connections down; what that looks like is no failure of the network.
            cancellationToken.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested)
            {
                throw ApiErrors.Timeout(request.Operation, _connection.TimeoutSec);
            }

            throw ApiErrors.ConnectionFailed(request.Operation, _connection.BaseUri, error);
        }
        finally
        {
            pool.Return();
        }
    }

    private static TResult Parse<TResult>(ApiRequest<TResult> request, HttpResponseMessage response, ReadOnlyMemory<byte> answer, Redactor redactor)
    {
        try
        {
            return ResponseReader.Read(answer, request.Read);
        }
        catch (JsonException)
        {
            // The parser's own message quotes the answer, which may echo a secret: it is not kept.
            string? type = redactor.Redact(response.Content.Headers.ContentType?.MediaType);
            string what = answer.IsEmpty ? "it is empty" : $"it is not the JSON that was expected{(type is null ? string.Empty : $" (its type is {type})")}";
            throw ApiErrors.BadResponse(request.Operation, what, (int)response.StatusCode);
        }
    }

    private HttpRequestMessage ToMessage(HttpMethod method, string path, RequestBody? body, UnmanagedSecret managementKey)
    {
        var request = new HttpRequestMessage(method, new Uri(_root + path, UriKind.Absolute));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", managementKey.Characters.ToString());
        request.Headers.UserAgent.Add(UserAgent);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        Add("HTTP-Referer", _connection.HttpReferer);
        Add("X-OpenRouter-Title", _connection.AppTitle);
        Add("X-OpenRouter-Categories", _connection.AppCategory);
        foreach (KeyValuePair<string, string> header in _connection.ExtraHeaders)
        {
            Add(header.Key, header.Value);
        }

        if (body is not null)
        {
            // HTTP/2 copies each body into a buffer of the connection that is not cleared, so a body stays with HTTP/1.1.
            request.Content = body.ToContent();
        }
#if NET
        else
        {
            if (method == HttpMethod.Delete)
            {
                // Where a server ends a connection without an answer, the handler itself sends a request again that has
                // no content, and the answer 404 to that would look like one to a first attempt.
                request.Content = new ByteArrayContent([]);
            }

            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        }
#endif

        return request;

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }

    private static void Check(ByokConnection connection)
    {
        if (connection.ApiKey is not { Length: > 0 })
        {
            throw ApiErrors.NotConnected("No management key was given.");
        }

        using (var key = new UnmanagedSecret(connection.ApiKey))
        {
            foreach (char character in key.Characters)
            {
                if (character is <= ' ' or > '~')
                {
                    throw ApiErrors.NotConnected("The management key holds a character that no key has (a space, a line break, an accent).");
                }
            }
        }

        Uri address = connection.BaseUri;
        if (!address.IsAbsoluteUri || address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            throw ApiErrors.InsecureAddress("The address must be absolute, without user, query and fragment.");
        }

        if (address.Scheme != Uri.UriSchemeHttps && !(address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
        {
            throw ApiErrors.InsecureAddress($"{address.Scheme}://{address.Host} would carry the management key in the clear.");
        }

        if (connection.Proxy is { } proxy && !(proxy.IsAbsoluteUri && PrimaryHandler.ProxySchemes.Contains(proxy.Scheme)))
        {
            throw ApiErrors.BadInput($"The proxy's address must begin with {string.Join(" or ", PrimaryHandler.ProxySchemes.Select(scheme => scheme + "://"))}. Nothing was sent.");
        }

        if (address.Scheme == Uri.UriSchemeHttp && connection.Proxy is { IsLoopback: false })
        {
            throw ApiErrors.InsecureAddress("Over plain http the proxy would see the management key in the clear.");
        }

        if (connection.Proxy is { UserInfo.Length: > 0 })
        {
            throw ApiErrors.InsecureAddress("The proxy's address must be without user and password, which would be shown with the connection.");
        }

        foreach (KeyValuePair<string, string> header in connection.ExtraHeaders)
        {
            if (OwnHeaders.Contains(header.Key))
            {
                throw ApiErrors.BadInput($"The header {header.Key} belongs to the module and cannot be given.");
            }
        }

        foreach ((string name, string? value) in connection.ExtraHeaders.Select(header => (header.Key, (string?)header.Value))
            .Concat([("HTTP-Referer", connection.HttpReferer), ("X-OpenRouter-Title", connection.AppTitle), ("X-OpenRouter-Categories", connection.AppCategory)]))
        {
            if (name.Length == 0 || name.Any(static character => !IsTokenCharacter(character)))
            {
                throw ApiErrors.BadInput("The name of a header has only letters, digits and hyphens. Nothing was sent.");
            }

            if (value?.Any(static character => character is (< ' ' and not '\t') or > '~') == true)
            {
                throw ApiErrors.BadInput($"The header {name} has a character that no header can hold: a line break, or one that is not ASCII. Nothing was sent.");
            }
        }

        // RFC 9110, 5.6.2.
        static bool IsTokenCharacter(char character) => character
            is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9')
            or '!' or '#' or '$' or '%' or '&' or '\'' or '*' or '+' or '-' or '.' or '^' or '_' or '`' or '|' or '~';
    }
}
