using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;

namespace OpenRouter.Byok.Sandbox;

/// <summary>
/// All faults: a fault rule uses the names of the methods here, and the same arguments. What each does is its description.
/// </summary>
public static class Faults
{
    private const string Html = "text/html; charset=utf-8";
    private const int Megabyte = 1 << 20;

    private static readonly byte[] _hugeName = "{\"data\":[{\"name\":\""u8.ToArray();

    /// <summary>One of each, with the arguments a test would choose first; their names are stable.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        .. Array.ConvertAll([400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504, 302], status => Status(status)),
        .. Array.ConvertAll([408, 500, 502, 503, 504], status => StatusAfterCommit(status)),
        RateLimited(), RateLimitedUntil(), Unavailable(),
        ResetBeforeBody(), ResetBeforeCommit(), ResetAfterCommit(), CloseBeforeCommit(), CloseAfterCommit(),
        Hang(), HangAfterCommit(), SlowTrickle(), TruncatedBody(), EmptyBody(), BrokenJson(), WrongJson(),
        HtmlPage(200), HtmlPage(), HtmlAfterCommit(200), HtmlAfterCommit(), HtmlAsJson(), WrongContentType(),
        Redirect(), Redirect(status: 307), Redirect(status: 308),
        OversizedBody(), DeclaredOversizedBody(), EndlessPage(), DeepJson(), EndlessHeaders(), CompressedBomb(),
        .. Array.ConvertAll([303, 101, 499, 520, 522, 524], status => Status(status)),
        .. Array.ConvertAll([303, 101, 404, 409, 499, 520, 522, 524], status => StatusAfterCommit(status)),
        LateCommit(3000).And(ResetAfterCommit()), LateCommitAfterLists(3).And(StatusAfterCommit(502)),
        ListLag(3000).And(ResetAfterCommit()), ListLagAfterLists(3).And(StatusAfterCommit(502)), ListLagAfterLists(3),
        DuplicatedResponse(), WrongId(), PageOf(1), PageOf(1).And(WithoutField("total_count")),
        MovedToStart(), MovedToEnd(), LaggingTotal(),
        FieldValue("total_count", "1.0"), FieldValue("total_count", "1e30"), FieldValue("total_count", "\"1\""),
        FieldValue("total_count", "2305843009213693952"), FieldValue("sort_order", "3000000000"), FieldValue("sort_order", "1.0"),
        DuplicateIds(), LyingTotal(), LyingTotal(-7), ControlCharacters(), ControlCharactersInError(),
    ];

    public static Fault Status(int status, IReadOnlyDictionary<string, string>? headers = null, string? body = null) =>
        Before($"responds {status}, nothing done", call => ErrorAsync(call, status, headers, body), [status]);

    public static Fault StatusAfterCommit(int status, IReadOnlyDictionary<string, string>? headers = null, string? body = null) =>
        After($"does it, then responds {status}", call => ErrorAsync(call, status, headers, body), [status]);

    public static Fault RateLimited(int seconds = 1) =>
        Before($"responds 429, Retry-After {seconds} s", call => RetryAfterAsync(call, 429, Text(seconds)), [seconds]);

    public static Fault RateLimitedUntil(int seconds = 1) => Before(
        $"responds 429, Retry-After as a date {seconds} s ahead",

        // A date has whole seconds: rounded up, so that the requested wait is never too short.
        call => RetryAfterAsync(call, 429, $"{call.Server.Time.GetUtcNow().AddSeconds(seconds + 1):R}"),
        [seconds]);

    public static Fault Unavailable(int seconds = 1) =>
        Before($"responds 503, Retry-After {seconds} s", call => RetryAfterAsync(call, 503, Text(seconds)), [seconds]);

    public static Fault ResetBeforeBody() => new(nameof(ResetBeforeBody), "resets the connection with the body unread, nothing done")
    {
        BeforeBody = true,
        Act = call => call.ResetAsync(),
    };

    public static Fault ResetBeforeCommit() => Before("resets the connection, nothing done", call => call.ResetAsync());

    public static Fault ResetAfterCommit() => After("does it, then resets the connection", call => call.ResetAsync());

    public static Fault CloseBeforeCommit() => Before("ends the connection without a response, nothing done", call => call.CloseAsync());

    public static Fault CloseAfterCommit() => After("does it, then ends the connection without a response", call => call.CloseAsync());

    public static Fault Hang() => Before("never responds, nothing done", HangAsync, stalls: true);

    public static Fault HangAfterCommit() => After("does it and never responds", HangAsync, stalls: true);

    public static Fault SlowTrickle(int millisecondsPerStep = 50, int bytesPerStep = 1) => After(
        $"does it and responds with {bytesPerStep} byte(s) every {millisecondsPerStep} ms",
        async call =>
        {
            var body = Encoding.UTF8.GetBytes(call.Body);
            call.Start(call.Status, ApiCall.Json, body.Length);
            foreach (var step in body.Chunk(bytesPerStep))
            {
                await call.WriteAsync(step);
                await Task.Delay(TimeSpan.FromMilliseconds(millisecondsPerStep), call.Server.Time, call.Gone);
            }
        },
        [millisecondsPerStep, bytesPerStep],
        stalls: true);

    public static Fault TruncatedBody() => After("does it, announces a response and sends half of it", async call =>
    {
        var body = Encoding.UTF8.GetBytes(call.Body);
        call.Start(call.Status, ApiCall.Json, body.Length);
        await call.WriteAsync(body.AsMemory(0, body.Length / 2));
        await call.CloseAsync();
    });

    public static Fault EmptyBody() => After("does it and responds with an empty body", call => SucceedAsync(call, ""));

    public static Fault BrokenJson() =>
        After("does it and responds with JSON that breaks off", call => SucceedAsync(call, call.Body[..(call.Body.Length / 2)]));

    public static Fault WrongJson() => After(
        "does it and responds with valid JSON of another form",
        call => SucceedAsync(call, """{"data":"yes","total_count":"many","deleted":"perhaps"}"""));

    public static Fault HtmlPage(int status = 502) =>
        Before($"responds {status} with an HTML page, nothing done", call => HtmlAsync(call, status, Html), [status]);

    public static Fault HtmlAfterCommit(int status = 502) =>
        After($"does it, then responds {status} with an HTML page", call => HtmlAsync(call, status, Html), [status]);

    public static Fault HtmlAsJson() =>
        After("does it and responds with HTML labelled as JSON", call => HtmlAsync(call, call.Status, ApiCall.Json));

    public static Fault WrongContentType() =>
        After("does it and labels the right response as HTML", call => call.SendAsync(call.Status, Html, call.Body));

    public static Fault Redirect(string location = "/api/v1/elsewhere", int status = 302) => Before(
        $"redirects with {status}, nothing done",
        call =>
        {
            var separator = location.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var echo = call.Server.Shape.EchoRequest ? $"{separator}echo={Uri.EscapeDataString(call.Echo)}" : "";
            return ErrorAsync(call, status, new Dictionary<string, string> { ["Location"] = location + echo });
        },
        [location, status]);

    public static Fault OversizedBody(long bytes = 1L << 30) =>
        After("does it and responds with a huge body", call => OversizedAsync(call, bytes, null), [bytes], stalls: true);

    public static Fault DeclaredOversizedBody(long bytes = 1L << 30) =>
        After("does it and responds with a huge body, announced", call => OversizedAsync(call, bytes, bytes), [bytes], stalls: true);

    public static Fault EndlessPage() => After(
        "does it and responds with a page of ever more keys",
        async call =>
        {
            call.Start(call.Status, ApiCall.Json, null);
            var key = call.Server.Store.NewKey("openai", "sk-0123456789-AbCd");
            var (id, template) = (key.Id.ToString(), key.Json + ",");
            var more = await call.WriteAsync("{\"data\":["u8.ToArray());
            while (more)
            {
                var keys = Enumerable.Range(0, 100).Select(_ => template.Replace(id, Guid.NewGuid().ToString(), StringComparison.Ordinal));
                more = await call.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(keys)));
            }
        },
        stalls: true);

    public static Fault DeepJson(int depth = 10_000) => After(
        $"does it and responds with JSON nested {depth} deep",
        call => SucceedAsync(call, "{\"data\":" + new string('[', depth) + new string(']', depth) + ",\"total_count\":0}"),
        [depth]);

    public static Fault EndlessHeaders() => After("does it and responds with headers without end", EndlessHeadersAsync, stalls: true);

    public static Fault CompressedBomb(long bytes = 1L << 30) => After(
        "does it and responds with gzip that unpacks to a huge body",
        async call =>
        {
            call.Http.Response.Headers.ContentEncoding = "gzip";
            call.Start(call.Status, ApiCall.Json, null);
            var more = await call.WriteAsync(Gzip(_hugeName));
            var member = Gzip(Filler(Megabyte));
            for (long unpacked = 0; more && unpacked < bytes; unpacked += Megabyte)
            {
                more = await call.WriteAsync(member);
            }
        },
        [bytes],
        stalls: true);

    /// <summary>The operation takes effect only this much later, by the clock of the server; the response comes first.</summary>
    public static Fault LateCommit(int milliseconds) =>
        Late($"does it {milliseconds} ms after the response", new(TimeSpan.FromMilliseconds(milliseconds), null, false), milliseconds);

    /// <summary>The operation takes effect only after so many lists, which do not show it; the response comes first.</summary>
    public static Fault LateCommitAfterLists(int lists) => Late($"does it after {lists} more lists", new(null, lists, false), lists);

    /// <summary>The operation is processed, and lists and gets show it only this much later, by the clock of the server.</summary>
    public static Fault ListLag(int milliseconds) =>
        Late($"does it, and reads show it {milliseconds} ms later", new(TimeSpan.FromMilliseconds(milliseconds), null, true), milliseconds);

    /// <summary>The operation is processed, and so many lists (and the gets before them) do not show it.</summary>
    public static Fault ListLagAfterLists(int lists) => Late($"does it, and {lists} lists do not show it", new(null, lists, true), lists);

    /// <summary>
    /// The response is sent twice on a kept-alive HTTP/1.1 connection: from then on each request on this connection gets
    /// the response to the one before it.
    /// </summary>
    public static Fault DuplicatedResponse() =>
        After("sends the response twice; the next request gets the second copy", call => call.RespondTwiceAsync());

    public static Fault WrongId() =>
        Shaped("does it and responds with the data of another key", shape => shape with { AnotherKey = true });

    public static Fault PageOf(int records = 1) =>
        Shaped($"returns at most {records} record(s) on a page", shape => shape with { MaximumPage = records }, [records]);

    public static Fault MovedToStart() =>
        Shaped("moves a record to the start of the list order", shape => shape with { Move = ListMove.ToStart });

    public static Fault MovedToEnd() =>
        Shaped("moves a record to the end of the list order", shape => shape with { Move = ListMove.ToEnd });

    public static Fault WithoutField(string field) =>
        Shaped($"leaves {field} out", shape => shape with { LeftOutFields = [.. shape.LeftOutFields, field] }, [field]);

    /// <summary>A field with this value, as JSON text, wherever it appears.</summary>
    public static Fault FieldValue(string field, string json) => Shaped(
        $"returns {field} as {json}",
        shape => shape with { Values = new Dictionary<string, string>(shape.Values) { [field] = json } },
        [field, json]);

    public static Fault LaggingTotal(int lists = 1) =>
        Shaped($"returns the total_count of {lists} list(s) before", shape => shape with { TotalCountLag = lists }, [lists]);

    public static Fault DuplicateIds() =>
        Shaped("repeats keys within and across pages", shape => shape with { DuplicateIds = true });

    public static Fault LyingTotal(int delta = 7) =>
        Shaped($"returns a total_count that is off by {delta}", shape => shape with { TotalCountDelta = delta }, [delta]);

    public static Fault ControlCharacters() =>
        Shaped("puts control characters into names, labels and messages", shape => shape with { ControlCharacters = true });

    public static Fault ControlCharactersInError(int status = 400) => Before(
        $"responds {status} with control characters in the message, nothing done",
        call =>
        {
            call.Refuse(status, "as the fault plan says", ResponseShape.Faithful with { ControlCharacters = true });
            return call.RespondAsync();
        },
        [status]);

    private static Fault Before(
        string what, Func<ApiCall, Task> act, object[]? arguments = null, bool stalls = false, [CallerMemberName] string name = "") =>
        new(Name(name, arguments), what) { Stalls = stalls, Act = act };

    private static Fault After(
        string what, Func<ApiCall, Task> act, object[]? arguments = null, bool stalls = false, [CallerMemberName] string name = "") =>
        new(Name(name, arguments), what) { Commits = true, Stalls = stalls, Act = act };

    private static Fault Late(string what, Lateness late, int argument, [CallerMemberName] string name = "") =>
        new(Name(name, [argument]), what) { Commits = true, Late = late };

    private static Fault Shaped(
        string what, Func<ResponseShape, ResponseShape> shape, object[]? arguments = null, [CallerMemberName] string name = "") =>
        new(Name(name, arguments), what) { Commits = true, Shape = shape };

    private static string Name(string name, object[]? arguments)
    {
        return arguments is null or [] ? name : $"{name}({string.Join(',', arguments.Select(Argument))})";

        static string Argument(object argument)
        {
            var text = Text(argument);
            return text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') ? text : $"'{text}'";
        }
    }

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static Task RetryAfterAsync(ApiCall call, int status, string value) =>
        ErrorAsync(call, status, new Dictionary<string, string> { ["Retry-After"] = value });

    private static Task ErrorAsync(ApiCall call, int status, IReadOnlyDictionary<string, string>? headers = null, string? body = null)
    {
        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            call.Http.Response.Headers[name] = value;
        }

        if (status == StatusCodes.Status101SwitchingProtocols)
        {
            return SwitchProtocolsAsync(call);
        }

        if (body is not null)
        {
            return call.SendAsync(status, ApiCall.Json, body);
        }

        call.Refuse(status, $"Status {Text(status)} as the fault plan says", call.Server.Shape);
        return call.RespondAsync();
    }

    private static async Task SwitchProtocolsAsync(ApiCall call)
    {
        // The server cannot send such a status, and HTTP/2 does not have it.
        call.Request.Status = StatusCodes.Status101SwitchingProtocols;
        if (call.Raw() is { } raw)
        {
            var head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n"u8;
            await raw.WriteAsync(head.ToArray(), call.Gone);
        }

        await call.CloseAsync();
    }

    private static Task SucceedAsync(ApiCall call, string body) => call.SendAsync(call.Status, ApiCall.Json, body);

    private static Task HtmlAsync(ApiCall call, int status, string contentType) => call.SendAsync(status, contentType, $"""
        <!DOCTYPE html>
        <html><head><title>{Text(status)}</title></head><body><h1>{Text(status)}</h1><p>gateway</p>
        {(call.Server.Shape.EchoRequest ? $"<pre>{call.Echo}</pre>" : "")}</body></html>

        """);

    private static async Task HangAsync(ApiCall call)
    {
        await call.UntilGoneAsync(Timeout.InfiniteTimeSpan);

        // Without this, a server that stops would respond with an empty success.
        call.Http.Abort();
    }

    private static async Task OversizedAsync(ApiCall call, long bytes, long? contentLength)
    {
        call.Start(call.Status, ApiCall.Json, contentLength);
        var filler = Filler(Megabyte / 16);
        var more = await call.WriteAsync(_hugeName);
        for (var left = bytes - _hugeName.Length; more && left > 0; left -= filler.Length)
        {
            more = await call.WriteAsync(filler.AsMemory(0, (int)Math.Min(filler.Length, left)));
        }
    }

    private static async Task EndlessHeadersAsync(ApiCall call)
    {
        if (call.Raw() is not { } raw)
        {
            // In HTTP/2 the server's framing cannot be bypassed, so very many headers are sent instead.
            for (var i = 0; i < 20_000; i++)
            {
                call.Http.Response.Headers[$"X-Filler-{Text(i)}"] = new string('a', 200);
            }

            await call.RespondAsync();
            return;
        }

        call.Request.Status = 200;
        await raw.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"u8.ToArray(), call.Gone);
        var filler = Encoding.ASCII.GetBytes($"X-Filler: {new string('a', 1000)}\r\n");
        while (!call.Gone.IsCancellationRequested && await raw.WriteAsync(filler, call.Gone) is { IsCompleted: false, IsCanceled: false })
        {
            // One more header.
        }

        call.Http.Abort();
    }

    private static byte[] Filler(int count) => Enumerable.Repeat((byte)'a', count).ToArray();

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
