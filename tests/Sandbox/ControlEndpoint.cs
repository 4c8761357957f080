using System.Globalization;
using System.Text.Json;

namespace OpenRouter.Byok.Sandbox;

/// <summary>What another process uses to arrange faults and to look at what arrived and what is stored.</summary>
internal sealed class ControlEndpoint(SandboxServer server)
{
    internal const string BasePath = "/_sandbox/";

    internal const string Description = """
        GET    /_sandbox/status      counters
        GET    /_sandbox/requests    the received requests
        DELETE /_sandbox/requests    forgets them
        GET    /_sandbox/keys        the stored keys with their raw keys, the deleted ones too
        POST   /_sandbox/faults      ["RULE", ...] in place of the rules before; DELETE clears
        POST   /_sandbox/pending     makes every pending effect (late commits, list lag) happen now
        POST   /_sandbox/latency     {"milliseconds": 50, "jitter": 5}
        POST   /_sandbox/rate        {"requests_per_second": 20, "retry_after": 1, "as_date": false}; 0 means no limit
        POST   /_sandbox/shape       {"echo": true, "total_delta": 7, "duplicate_ids": true, "control_characters": true,
                                      "newest_first": true, "extra_fields": {"new": 1}, "left_out": ["declared_zdr"]};
                                     what is left out is as the API promises
        POST   /_sandbox/workspaces  {"name": "Team"}: adds a workspace
        DELETE /_sandbox/workspaces/ID  deletes it with its keys
        POST   /_sandbox/api-keys    {"key": "sk-or-v1-..."}: makes the hash of an API key known
        POST   /_sandbox/reset       {"seed": 120, "global_every": 0, "nameless_every": 0}: back to the start
        """;

    internal async Task HandleAsync(HttpContext http, string target)
    {
        byte[] answer;
        try
        {
            using var body = await ReadAsync(http).ConfigureAwait(false);
            answer = Handle(http.Request.Method, target[BasePath.Length..], body.RootElement);
        }
        catch (Exception refused) when (refused is FormatException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            http.Response.StatusCode = 400;
            answer = ApiJson.Error(400, refused.Message, ResponseShape.Faithful);
        }

        http.Response.ContentType = "application/json";
        http.Response.ContentLength = answer.Length;
        await http.Response.BodyWriter.WriteAsync(answer).ConfigureAwait(false);
    }

    private static async Task<JsonDocument> ReadAsync(HttpContext http)
    {
        using var bytes = new MemoryStream();
        await http.Request.Body.CopyToAsync(bytes).ConfigureAwait(false);
        return JsonDocument.Parse(bytes.Length == 0 ? "{}"u8.ToArray() : bytes.ToArray());
    }

    private static int Int(JsonElement body, string name, int otherwise) =>
        body.TryGetProperty(name, out var value) ? value.GetInt32() : otherwise;

    private static bool Flag(JsonElement body, string name) => body.TryGetProperty(name, out var value) && value.GetBoolean();

    private byte[] Handle(string method, string path, JsonElement body)
    {
        switch (method, path)
        {
            case ("GET", "status"):
                return Status();
            case ("GET", "requests"):
                return Requests();
            case ("DELETE", "requests"):
                server.Requests.Clear();
                return Status();
            case ("GET", "keys"):
                return Keys();
            case ("POST", "faults"):
                var rules = body.EnumerateArray().Select(rule => FaultSpecification.Parse(rule.GetString()!)).ToList();
                server.Faults.Clear();
                rules.ForEach(rule => server.Faults.Add(rule));
                return Status();
            case ("DELETE", "faults"):
                server.Faults.Clear();
                return Status();
            case ("POST", "pending"):
                server.Store.ApplyPending();
                return Status();
            case ("POST", "latency"):
                server.Latency = TimeSpan.FromMilliseconds(body.GetProperty("milliseconds").GetDouble());
                server.LatencyJitter = TimeSpan.FromMilliseconds(Int(body, "jitter", 0));
                return Status();
            case ("POST", "rate"):
                var rate = body.GetProperty("requests_per_second").GetDouble();
                server.RateLimit = rate <= 0 ? null : new(rate)
                {
                    RetryAfterSeconds = Int(body, "retry_after", 1),
                    RetryAfterAsDate = Flag(body, "as_date"),
                };
                return Status();
            case ("POST", "shape"):
                Shape(body);
                return Status();
            case ("POST", "workspaces"):
                return Workspace(server.Store.AddWorkspace(body.GetProperty("name").GetString()!));
            case ("DELETE", var workspace) when workspace.StartsWith("workspaces/", StringComparison.Ordinal):
                server.Store.RemoveWorkspace(Guid.Parse(workspace["workspaces/".Length..], CultureInfo.InvariantCulture));
                return Status();
            case ("POST", "api-keys"):
                var hash = server.Store.AddApiKey(body.TryGetProperty("key", out var key) ? key.GetString() : null);
                return ApiJson.Write(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("hash", hash);
                    writer.WriteEndObject();
                });
            case ("POST", "reset"):
                server.Reset(
                    body.TryGetProperty("seed", out var seed) ? seed.GetInt32() : null,
                    new SeedOptions { GlobalEvery = Int(body, "global_every", 0), NamelessEvery = Int(body, "nameless_every", 0) });
                return Status();
            default:
                throw new FormatException($"There is no {method} {BasePath}{path}. There are:\n{Description}");
        }
    }

    private void Shape(JsonElement body)
    {
        var extra = new Dictionary<string, string>();
        if (body.TryGetProperty("extra_fields", out var fields))
        {
            foreach (var field in fields.EnumerateObject())
            {
                extra.Add(field.Name, field.Value.GetRawText());
            }
        }

        server.NewestFirst = Flag(body, "newest_first");
        server.Shape = new()
        {
            EchoRequest = Flag(body, "echo"),
            DuplicateIds = Flag(body, "duplicate_ids"),
            ControlCharacters = Flag(body, "control_characters"),
            TotalCountDelta = Int(body, "total_delta", 0),
            ExtraFields = extra,
            LeftOutFields = body.TryGetProperty("left_out", out var names)
                ? names.EnumerateArray().Select(name => name.GetString()!).ToHashSet(StringComparer.Ordinal)
                : [],
        };
    }

    private byte[] Status() => ApiJson.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("keys", server.Store.Count);
        writer.WriteNumber("pending", server.Store.Pending);
        writer.WriteNumber("requests", server.Requests.Count);
        writer.WriteNumber("concurrent", server.Concurrent);
        writer.WriteNumber("max_concurrent", server.MaxConcurrent);
        writer.WriteNumber("active_connections", server.ActiveConnections);
        writer.WriteNumber("total_connections", server.TotalConnections);
        writer.WriteNumber("refused", server.Refused);
        writer.WriteStartArray("faults");
        foreach (var rule in server.Faults.Rules)
        {
            writer.WriteStartObject();
            writer.WriteString("fault", rule.Fault.Name);
            writer.WriteString("operation", rule.Operation?.ToString());
            writer.WriteNumber("matched", rule.Matched);
            writer.WriteNumber("applied", rule.Applied);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private byte[] Requests() => ApiJson.Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var request in server.Requests)
        {
            writer.WriteStartObject();
            writer.WriteNumber("sequence", request.Sequence);
            writer.WriteString("operation", request.Operation.ToString());
            writer.WriteString("method", request.Method);
            writer.WriteString("target", request.Target);
            writer.WriteString("protocol", request.Protocol);
            writer.WriteString("connection", request.Connection);
            writer.WriteString("received_at", ApiJson.Timestamp(request.ReceivedAt));
            writer.WriteBoolean("body_received", request.BodyReceived);
            writer.WriteString("body", request.Body);
            writer.WriteString("fault", request.Fault);
            if (request.Status is { } status)
            {
                writer.WriteNumber("status", status);
            }
            else
            {
                writer.WriteNull("status");
            }

            writer.WriteStartObject("headers");
            foreach (var (name, value) in request.Headers)
            {
                writer.WriteString(name, value);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private byte[] Keys() => ApiJson.Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var key in server.Store.Keys.Concat(server.Store.Deleted))
        {
            writer.WriteStartObject();
            writer.WriteString("id", key.Id);
            writer.WriteString("provider", key.Provider);
            writer.WriteString("workspace_id", key.WorkspaceId?.ToString());
            writer.WriteString("name", key.Name);
            writer.WriteString("label", key.Label);
            writer.WriteString("declared_region", key.DeclaredRegion);
            writer.WriteBoolean("disabled", key.Disabled);
            writer.WriteString("key", key.RawKey);
            writer.WriteNumber("changes", key.Changes);
            writer.WriteString("created_at", ApiJson.Timestamp(key.CreatedAt));
            writer.WriteString("deleted_at", key.DeletedAt is { } deleted ? ApiJson.Timestamp(deleted) : null);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static byte[] Workspace(SandboxWorkspace workspace) => ApiJson.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("id", workspace.Id);
        writer.WriteString("name", workspace.Name);
        writer.WriteString("slug", workspace.Slug);
        writer.WriteEndObject();
    });
}
