using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace OpenRouter.Byok.Sandbox;

/// <summary>The faults there are.</summary>
public static class Faults
{
    private const string Json = "application/json";
    private const string Html = "text/html; charset=utf-8";
    private const int Megabyte = 1 << 20;

    private static readonly TimeSpan _patienceAfterEnd = TimeSpan.FromMilliseconds(250);

    /// <summary>One of each, with the arguments a test would choose first; their names are stable.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        Status(400), Status(401), Status(403), Status(404), Status(408), Status(409), Status(422), Status(429),
        Status(500), Status(502), Status(503), Status(504), Status(302),
        StatusAfterCommit(408), StatusAfterCommit(500), StatusAfterCommit(502), StatusAfterCommit(503), StatusAfterCommit(504),
        RateLimited(1), RateLimitedUntil(1), Unavailable(1),
        ResetBeforeBody(), ResetBeforeCommit(), ResetAfterCommit(), CloseBeforeCommit(), CloseAfterCommit(),
        Hang(), HangAfterCommit(), SlowTrickle(), TruncatedBody(), EmptyBody(), BrokenJson(), WrongJson(),
        HtmlPage(200), HtmlPage(502), HtmlAfterCommit(200), HtmlAfterCommit(502), HtmlAsJson(), WrongContentType(),
        Redirect("/api/v1/elsewhere", 302), Redirect("/api/v1/elsewhere", 307), Redirect("/api/v1/elsewhere", 308),
        OversizedBody(1L << 30), DeclaredOversizedBody(1L << 30), EndlessPage(), DeepJson(10_000), EndlessHeaders(), CompressedBomb(1L << 30),
        Status(303), Status(101), Status(499), Status(520), Status(522), Status(524),
        StatusAfterCommit(303), StatusAfterCommit(101), StatusAfterCommit(404), StatusAfterCommit(409), StatusAfterCommit(499),
        StatusAfterCommit(520), StatusAfterCommit(522), StatusAfterCommit(524),
        LateCommit(3000).And(ResetAfterCommit()), LateCommitAfterLists(3).And(StatusAfterCommit(502)),
        ListLag(3000).And(ResetAfterCommit()), ListLagAfterLists(3).And(StatusAfterCommit(502)), ListLagAfterLists(3),
        DuplicatedResponse(), WrongId(), PageOf(1), PageOf(1).And(WithoutField("total_count")), MovedToStart(), MovedToEnd(), LaggingTotal(1),
        FieldValue("total_count", "1.0"), FieldValue("total_count", "1e30"), FieldValue("total_count", "\"1\""),
        FieldValue("total_count", "2305843009213693952"), FieldValue("sort_order", "3000000000"), FieldValue("sort_order", "1.0"),
        DuplicateIds(), LyingTotal(7), LyingTotal(-7), ControlCharacters(), ControlCharactersInError(400),
    ];

    /// <summary>An error status; the operation is not carried out.</summary>
    public static Fault Status(int status, IReadOnlyDictionary<string, string>? headers = null, string? body = null) =>
        new(Name(nameof(Status), status), $"answers {status}, nothing done")
        {
            Act = context => AnswerAsync(context, status, headers, body),
        };

    /// <summary>An error status after the operation was carried out.</summary>
    public static Fault StatusAfterCommit(int status, IReadOnlyDictionary<string, string>? headers = null, string? body = null) =>
        new(Name(nameof(StatusAfterCommit), status), $"does it, then answers {status}")
        {
            Commits = true,
            Act = context => AnswerAsync(context, status, headers, body),
        };

    /// <summary>429 with <c>Retry-After</c> in seconds.</summary>
    public static Fault RateLimited(int retryAfterSeconds) =>
        new(Name(nameof(RateLimited), retryAfterSeconds), $"answers 429, Retry-After {retryAfterSeconds} s")
        {
            Act = context => AnswerAsync(context, 429, RetryAfter(Text(retryAfterSeconds)), null),
        };

    /// <summary>429 with <c>Retry-After</c> as a date, that many seconds from then.</summary>
    public static Fault RateLimitedUntil(int secondsFromNow) =>
        new(Name(nameof(RateLimitedUntil), secondsFromNow), $"answers 429, Retry-After as a date {secondsFromNow} s ahead")
        {
            Act = context => AnswerAsync(context, 429, RetryAfter(HttpDate(secondsFromNow)), null),
        };

    /// <summary>503 with <c>Retry-After</c> in seconds.</summary>
    public static Fault Unavailable(int retryAfterSeconds) =>
        new(Name(nameof(Unavailable), retryAfterSeconds), $"answers 503, Retry-After {retryAfterSeconds} s")
        {
            Act = context => AnswerAsync(context, 503, RetryAfter(Text(retryAfterSeconds)), null),
        };

    /// <summary>The connection is reset when the headers have arrived; the body is never read.</summary>
    public static Fault ResetBeforeBody() => new(Name(nameof(ResetBeforeBody)), "resets the connection with the body unread, nothing done")
    {
        BeforeBody = true,
        Act = Reset,
    };

    /// <summary>The connection is reset; the operation is not carried out.</summary>
    public static Fault ResetBeforeCommit() => new(Name(nameof(ResetBeforeCommit)), "resets the connection, nothing done") { Act = Reset };

    /// <summary>The connection is reset after the operation was carried out.</summary>
    public static Fault ResetAfterCommit() =>
        new(Name(nameof(ResetAfterCommit)), "does it, then resets the connection") { Commits = true, Act = Reset };

    /// <summary>The connection ends in good order without an answer; the operation is not carried out.</summary>
    public static Fault CloseBeforeCommit() => new(Name(nameof(CloseBeforeCommit)), "ends the connection without an answer, nothing done") { Act = Close };

    /// <summary>The connection ends in good order without an answer, after the operation was carried out.</summary>
    public static Fault CloseAfterCommit() =>
        new(Name(nameof(CloseAfterCommit)), "does it, then ends the connection without an answer") { Commits = true, Act = Close };

    /// <summary>No answer until the client goes away; the operation is not carried out.</summary>
    public static Fault Hang() => new(Name(nameof(Hang)), "never answers, nothing done") { Stalls = true, Act = HangAsync };

    /// <summary>The operation is carried out, and no answer comes until the client goes away.</summary>
    public static Fault HangAfterCommit() =>
        new(Name(nameof(HangAfterCommit)), "does it and never answers") { Commits = true, Stalls = true, Act = HangAsync };

    /// <summary>The right answer, a few bytes at a time.</summary>
    public static Fault SlowTrickle(int millisecondsPerStep = 50, int bytesPerStep = 1) =>
        new(Name(nameof(SlowTrickle), millisecondsPerStep, bytesPerStep), $"does it and answers with {bytesPerStep} byte(s) every {millisecondsPerStep} ms")
        {
            Commits = true,
            Stalls = true,
            Act = async context =>
            {
                var (status, body) = (context.Response.Status, context.Response.Body);
                context.Start(status, Json, body.Length);
                for (var sent = 0; sent < body.Length; sent += bytesPerStep)
                {
                    if (!await context.WriteAsync(body.AsMemory(sent, Math.Min(bytesPerStep, body.Length - sent))).ConfigureAwait(false))
                    {
                        return;
                    }

                    await Task.Delay(millisecondsPerStep, context.Gone).ConfigureAwait(false);
                }
            },
        };

    /// <summary>Half of the right answer under a Content-Length for all of it, then the end of the connection.</summary>
    public static Fault TruncatedBody() => new(Name(nameof(TruncatedBody)), "does it, announces an answer and sends half of it")
    {
        Commits = true,
        Act = async context =>
        {
            var body = context.Response.Body;
            context.Start(context.Response.Status, Json, body.Length);
            await context.WriteAsync(body.AsMemory(0, body.Length / 2)).ConfigureAwait(false);
            await CloseRawAsync(context).ConfigureAwait(false);
        },
    };

    /// <summary>A success without a body.</summary>
    public static Fault EmptyBody() => new(Name(nameof(EmptyBody)), "does it and answers with an empty body")
    {
        Commits = true,
        Act = context => context.SendAsync(context.Response.Status, Json, default),
    };

    /// <summary>A success whose body breaks off in the middle, complete as far as HTTP can tell.</summary>
    public static Fault BrokenJson() => new(Name(nameof(BrokenJson)), "does it and answers with JSON that breaks off")
    {
        Commits = true,
        Act = context => context.SendAsync(context.Response.Status, Json, context.Response.Body.AsMemory(0, context.Response.Body.Length / 2)),
    };

    /// <summary>A success whose body is JSON, but not what the API promises: fields of other types.</summary>
    public static Fault WrongJson() => new(Name(nameof(WrongJson)), "does it and answers with valid JSON of another form")
    {
        Commits = true,
        Act = context => context.SendAsync(context.Response.Status, Json, """{"data":"yes","total_count":"many","deleted":"perhaps"}"""u8.ToArray()),
    };

    /// <summary>A gateway's HTML page; the operation is not carried out.</summary>
    public static Fault HtmlPage(int status) =>
        new(Name(nameof(HtmlPage), status), $"answers {status} with an HTML page, nothing done") { Act = context => HtmlAsync(context, status, Html) };

    /// <summary>A gateway's HTML page after the operation was carried out.</summary>
    public static Fault HtmlAfterCommit(int status) =>
        new(Name(nameof(HtmlAfterCommit), status), $"does it, then answers {status} with an HTML page")
        {
            Commits = true,
            Act = context => HtmlAsync(context, status, Html),
        };

    /// <summary>An HTML page that claims to be JSON, after the operation was carried out.</summary>
    public static Fault HtmlAsJson() => new(Name(nameof(HtmlAsJson)), "does it and answers with HTML labelled as JSON")
    {
        Commits = true,
        Act = context => HtmlAsync(context, context.Response.Status, Json),
    };

    /// <summary>The right answer that claims to be HTML.</summary>
    public static Fault WrongContentType() => new(Name(nameof(WrongContentType)), "does it and labels the right answer as HTML")
    {
        Commits = true,
        Act = context => context.SendAsync(context.Response.Status, Html, context.Response.Body),
    };

    /// <summary>A redirect; the operation is not carried out.</summary>
    public static Fault Redirect(string location, int status = 302) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Redirect('{location}',{status})"), $"redirects with {status}, nothing done")
        {
            Act = context =>
            {
                var target = context.Echoes
                    ? $"{location}{(location.Contains('?', StringComparison.Ordinal) ? '&' : '?')}echo={Uri.EscapeDataString(context.Echo())}"
                    : location;
                return AnswerAsync(context, status, new Dictionary<string, string> { ["Location"] = target }, null);
            },
        };

    /// <summary>A success with a body of this size, without a Content-Length.</summary>
    public static Fault OversizedBody(long bytes) =>
        new(Name(nameof(OversizedBody), bytes), "does it and answers with a huge body")
        {
            Commits = true,
            Stalls = true,
            Act = context => OversizedAsync(context, bytes, null),
        };

    /// <summary>A success with a body of this size, announced by a Content-Length.</summary>
    public static Fault DeclaredOversizedBody(long bytes) =>
        new(Name(nameof(DeclaredOversizedBody), bytes), "does it and answers with a huge body, announced")
        {
            Commits = true,
            Stalls = true,
            Act = context => OversizedAsync(context, bytes, bytes),
        };

    /// <summary>A page of valid keys that never ends.</summary>
    public static Fault EndlessPage() => new(Name(nameof(EndlessPage)), "does it and answers with a page of ever more keys")
    {
        Commits = true,
        Stalls = true,
        Act = async context =>
        {
            context.Start(context.Response.Status, Json, null);
            var more = await context.WriteAsync("{\"data\":["u8.ToArray()).ConfigureAwait(false);
            while (more)
            {
                var keys = new StringBuilder();
                for (var i = 0; i < 100; i++)
                {
                    var key = new SandboxKey { Id = Guid.NewGuid(), Provider = "openai", Label = "sk-...AbCd", CreatedAt = DateTimeOffset.UnixEpoch };
                    keys.Append(Encoding.UTF8.GetString(ApiJson.Key(key, ResponseShape.Faithful))).Append(',');
                }

                more = await context.WriteAsync(Encoding.UTF8.GetBytes(keys.ToString())).ConfigureAwait(false);
            }
        },
    };

    /// <summary>A success with JSON nested this deep.</summary>
    public static Fault DeepJson(int depth) =>
        new(Name(nameof(DeepJson), depth), $"does it and answers with JSON nested {depth} deep")
        {
            Commits = true,
            Act = context => context.SendAsync(
                context.Response.Status,
                Json,
                Encoding.UTF8.GetBytes("{\"data\":" + new string('[', depth) + new string(']', depth) + ",\"total_count\":0}")),
        };

    /// <summary>Headers that never end.</summary>
    public static Fault EndlessHeaders() => new(Name(nameof(EndlessHeaders)), "does it and answers with headers without end")
    {
        Commits = true,
        Stalls = true,
        Act = EndlessHeadersAsync,
    };

    /// <summary>A compressed answer that unpacks to this size.</summary>
    public static Fault CompressedBomb(long bytes) =>
        new(Name(nameof(CompressedBomb), bytes), "does it and answers with gzip that unpacks to a huge body")
        {
            Commits = true,
            Stalls = true,
            Act = async context =>
            {
                context.Http.Response.Headers.ContentEncoding = "gzip";
                context.Start(context.Response.Status, Json, null);
                var more = await context.WriteAsync(Gzip("{\"data\":[{\"name\":\""u8)).ConfigureAwait(false);
                var member = Gzip(FaultContext.Repeat((byte)'a', Megabyte).Span);
                for (long unpacked = 0; more && unpacked < bytes; unpacked += Megabyte)
                {
                    more = await context.WriteAsync(member).ConfigureAwait(false);
                }
            },
        };

    /// <summary>The operation takes effect only this much later, by the clock of the server; the response comes first.</summary>
    public static Fault LateCommit(int milliseconds) => new(Name(nameof(LateCommit), milliseconds), $"does it {milliseconds} ms after the response")
    {
        Commits = true,
        Late = new() { Time = TimeSpan.FromMilliseconds(milliseconds) },
    };

    /// <summary>The operation takes effect only after so many lists, which do not show it; the response comes first.</summary>
    public static Fault LateCommitAfterLists(int lists) => new(Name(nameof(LateCommitAfterLists), lists), $"does it after {lists} more lists")
    {
        Commits = true,
        Late = new() { Lists = lists },
    };

    /// <summary>The operation is carried out, and lists and gets show it only this much later, by the clock of the server.</summary>
    public static Fault ListLag(int milliseconds) => new(Name(nameof(ListLag), milliseconds), $"does it, and reads show it {milliseconds} ms later")
    {
        Commits = true,
        Late = new() { Time = TimeSpan.FromMilliseconds(milliseconds), ReadsOnly = true },
    };

    /// <summary>The operation is carried out, and so many lists (and the gets before them) do not show it.</summary>
    public static Fault ListLagAfterLists(int lists) => new(Name(nameof(ListLagAfterLists), lists), $"does it, and {lists} lists do not show it")
    {
        Commits = true,
        Late = new() { Lists = lists, ReadsOnly = true },
    };

    /// <summary>
    /// The response is sent twice on a kept-alive HTTP/1.1 connection: from then on each request on this connection gets
    /// the response to the one before it.
    /// </summary>
    public static Fault DuplicatedResponse() => new(Name(nameof(DuplicatedResponse)), "sends the response twice; the second copy answers the next request")
    {
        Commits = true,
        Act = context => context.SendTwiceAsync(),
    };

    /// <summary>The operation is carried out and the response shows another key.</summary>
    public static Fault WrongId() => Shaped(Name(nameof(WrongId)), "does it and answers with the data of another key", shape => shape with { AnotherKey = true });

    /// <summary>Pages of at most so many records, whatever the request asks for.</summary>
    public static Fault PageOf(int records) =>
        Shaped(Name(nameof(PageOf), records), $"gives at most {records} record(s) on a page", shape => shape with { MaximumPage = records });

    /// <summary>Moves the key of the request, or the last key of a list, to the start of the list order.</summary>
    public static Fault MovedToStart() =>
        Shaped(Name(nameof(MovedToStart)), "moves a record to the start of the list order", shape => shape with { Move = ListMove.ToStart });

    /// <summary>Moves the key of the request, or the first key of a list, to the end of the list order.</summary>
    public static Fault MovedToEnd() =>
        Shaped(Name(nameof(MovedToEnd)), "moves a record to the end of the list order", shape => shape with { Move = ListMove.ToEnd });

    /// <summary>A field that is left out wherever it appears.</summary>
    public static Fault WithoutField(string field) =>
        Shaped($"{nameof(WithoutField)}({field})", $"leaves {field} out", shape => shape with { LeftOutFields = new HashSet<string>(shape.LeftOutFields) { field } });

    /// <summary>A field with this value, as JSON text, wherever it appears.</summary>
    public static Fault FieldValue(string field, string json) => Shaped(
        $"{nameof(FieldValue)}({field},{(json.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-') ? json : $"'{json}'")})",
        $"gives {field} as {json}",
        shape => shape with { Values = new Dictionary<string, string>(shape.Values) { [field] = json } });

    /// <summary>A <c>total_count</c> as it was so many lists before.</summary>
    public static Fault LaggingTotal(int lists) =>
        Shaped(Name(nameof(LaggingTotal), lists), $"gives the total_count of {lists} list(s) before", shape => shape with { TotalCountLag = lists });

    /// <summary>Pages that repeat a key.</summary>
    public static Fault DuplicateIds() => new(Name(nameof(DuplicateIds)), "repeats keys within and across pages")
    {
        Commits = true,
        Shape = shape => shape with { DuplicateIds = true },
    };

    /// <summary>A <c>total_count</c> that is wrong by this much.</summary>
    public static Fault LyingTotal(int delta) =>
        new(Name(nameof(LyingTotal), delta), $"says a total_count that is off by {delta}")
        {
            Commits = true,
            Shape = shape => shape with { TotalCountDelta = delta },
        };

    /// <summary>Escape sequences and control characters in names, labels and messages.</summary>
    public static Fault ControlCharacters() => new(Name(nameof(ControlCharacters)), "puts control characters into names, labels and messages")
    {
        Commits = true,
        Shape = shape => shape with { ControlCharacters = true },
    };

    /// <summary>An error whose message holds escape sequences and control characters.</summary>
    public static Fault ControlCharactersInError(int status) =>
        new(Name(nameof(ControlCharactersInError), status), $"answers {status} with control characters in the message, nothing done")
        {
            Act = context => context.SendAsync(
                status, Json, ApiJson.Error(status, "as the fault plan says", ResponseShape.Faithful with { ControlCharacters = true })),
        };

    private static Fault Shaped(string name, string description, Func<ResponseShape, ResponseShape> shape) =>
        new(name, description) { Commits = true, Shape = shape };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Name(string name, params long[] arguments) =>
        arguments.Length == 0 ? name : $"{name}({string.Join(',', arguments.Select(Text))})";

    internal static string HttpDate(int secondsFromNow)
    {
        // A date has whole seconds: rounded up, so that the wait it asks for is never shorter than meant.
        var time = DateTimeOffset.UtcNow.AddSeconds(secondsFromNow + 1);
        return time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond)).ToString("R", CultureInfo.InvariantCulture);
    }

    private static Dictionary<string, string> RetryAfter(string value) => new() { ["Retry-After"] = value };

    private static Task AnswerAsync(FaultContext context, int status, IReadOnlyDictionary<string, string>? headers, string? body)
    {
        if (status == StatusCodes.Status101SwitchingProtocols)
        {
            return SwitchProtocolsAsync(context);
        }

        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            context.Http.Response.Headers[name] = value;
        }

        return body is null
            ? context.ErrorAsync(status, $"Status {Text(status)} as the fault plan says")
            : context.SendAsync(status, Json, Encoding.UTF8.GetBytes(body));
    }

    private static Task HtmlAsync(FaultContext context, int status, string contentType)
    {
        var echo = context.Echoes ? $"<pre>{context.Echo()}</pre>" : "";
        var page = $"<!DOCTYPE html>\n<html><head><title>{Text(status)}</title></head><body><h1>{Text(status)}</h1><p>gateway</p>{echo}</body></html>\n";
        return context.SendAsync(status, contentType, Encoding.UTF8.GetBytes(page));
    }

    private static Task Reset(FaultContext context)
    {
        context.Reset();
        return Task.CompletedTask;
    }

    private static Task Close(FaultContext context) => CloseRawAsync(context);

    private static async Task CloseRawAsync(FaultContext context)
    {
        if (context.Raw() is { } raw)
        {
            // The end of the output alone: what was sent arrives, and then the client reads the end of the stream.
            // Cutting the connection at once could overtake that.
            await raw.CompleteAsync().ConfigureAwait(false);
            await context.UntilGoneAsync(_patienceAfterEnd).ConfigureAwait(false);
        }

        context.Http.Abort();
    }

    private static async Task SwitchProtocolsAsync(FaultContext context)
    {
        // The server sends no such status by itself, and HTTP/2 has none.
        context.Request.Status = StatusCodes.Status101SwitchingProtocols;
        if (context.Raw() is { } raw)
        {
            await raw.WriteAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n"u8.ToArray(), context.Gone).ConfigureAwait(false);
        }

        await CloseRawAsync(context).ConfigureAwait(false);
    }

    private static async Task HangAsync(FaultContext context)
    {
        await context.UntilGoneAsync(Timeout.InfiniteTimeSpan).ConfigureAwait(false);

        // Without this the server, once it is being stopped, would answer with an empty success.
        context.Http.Abort();
    }

    private static async Task OversizedAsync(FaultContext context, long bytes, long? contentLength)
    {
        context.Start(context.Response.Status, Json, contentLength);
        var head = "{\"data\":[{\"name\":\""u8.ToArray();
        var filler = FaultContext.Repeat((byte)'a', Megabyte / 16);
        var more = await context.WriteAsync(head.AsMemory(0, (int)Math.Min(head.Length, bytes))).ConfigureAwait(false);
        for (var left = bytes - head.Length; more && left > 0; left -= filler.Length)
        {
            more = await context.WriteAsync(filler[..(int)Math.Min(filler.Length, left)]).ConfigureAwait(false);
        }
    }

    private static async Task EndlessHeadersAsync(FaultContext context)
    {
        if (context.Raw() is not { } raw)
        {
            // HTTP/2 has no way past the server's framing: very many headers must do.
            for (var i = 0; i < 20_000; i++)
            {
                context.Http.Response.Headers[$"X-Filler-{Text(i)}"] = new string('a', 200);
            }

            await context.SendAsync(context.Response.Status, Json, context.Response.Body).ConfigureAwait(false);
            return;
        }

        context.Request.Status = 200;
        await raw.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"u8.ToArray(), context.Gone).ConfigureAwait(false);
        var filler = Encoding.ASCII.GetBytes($"X-Filler: {new string('a', 1000)}\r\n");
        while (!context.Gone.IsCancellationRequested)
        {
            var flushed = await raw.WriteAsync(filler, context.Gone).ConfigureAwait(false);
            if (flushed.IsCompleted || flushed.IsCanceled)
            {
                break;
            }
        }

        context.Http.Abort();
    }

    private static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
