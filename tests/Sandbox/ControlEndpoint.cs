using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenRouter.Byok.Sandbox;

/// <summary>Lets another process set faults and read the received requests and the stored keys.</summary>
internal sealed class ControlEndpoint(SandboxServer server)
{
    internal const string BasePath = "/_sandbox/";

    internal const string Description = """
        GET    /_sandbox/status      counters
        GET    /_sandbox/requests    the received requests
        DELETE /_sandbox/requests    forgets them
        GET    /_sandbox/keys        the stored keys with their raw keys, the deleted ones too
        POST   /_sandbox/keys        {"provider": "openai", "name": "Search", "key": "sk-...", "disabled": true, "is_fallback": true}:
                                     adds a key whose id follows from its provider and name
        POST   /_sandbox/faults      ["RULE", ...] in place of the rules before
        POST   /_sandbox/pending     makes every pending effect (late commits, list lag) happen now
        POST   /_sandbox/latency     {"milliseconds": 50, "jitter": 5}
        POST   /_sandbox/rate        {"requests_per_second": 20}; 0 means no limit
        POST   /_sandbox/shape       {"echo": true, "total_delta": 7, "duplicate_ids": true, "control_characters": true,
                                      "newest_first": true, "extra_fields": {"new": 1}, "left_out": ["declared_zdr"]};
                                     what is left out is as the API promises
        POST   /_sandbox/workspaces  {"name": "Team"}: adds a workspace
        POST   /_sandbox/api-keys    {"key": "sk-or-v1-..."}: makes the hash of an API key known
        POST   /_sandbox/reset       {"seed": 120, "global_every": 0, "nameless_every": 0}: back to the start
        """;

    internal async Task HandleAsync(HttpContext http, string path)
    {
        object response;
        try
        {
            using var reader = new StreamReader(http.Request.Body);
            var text = await reader.ReadToEndAsync();
            response = Handle(http.Request.Method, path, JsonNode.Parse(text.Length == 0 ? "{}" : text)!);
        }
        catch (Exception refused) when (refused is FormatException or JsonException or InvalidOperationException)
        {
            http.Response.StatusCode = 400;
            response = new { Error = new { Code = 400, refused.Message } };
        }

        await http.Response.WriteAsJsonAsync(response, SandboxJson.Options);
    }

    private object Handle(string method, string path, JsonNode body)
    {
        switch (method, path)
        {
            case ("GET", "status"):
                break;
            case ("GET", "requests"):
                return server.Requests;
            case ("DELETE", "requests"):
                server.Requests.Clear();
                break;
            case ("GET", "keys"):
                return server.Store.Keys.Concat(server.Store.Deleted).Select(Key);
            case ("POST", "keys"):
                return Key(server.Store.AddNamed(
                    (string)body["provider"]!, (string)body["key"]!, (string)body["name"]!, (bool?)body["disabled"] == true, (bool?)body["is_fallback"] == true));
            case ("POST", "faults"):
                var rules = body.AsArray().Select(rule => FaultSpecification.Parse((string)rule!)).ToList();
                server.Faults.Clear();
                rules.ForEach(rule => server.Faults.Add(rule));
                break;
            case ("POST", "pending"):
                server.Store.ApplyPending();
                break;
            case ("POST", "latency"):
                server.Latency = TimeSpan.FromMilliseconds(Number(body, "milliseconds"));
                server.LatencyJitter = TimeSpan.FromMilliseconds(Number(body, "jitter"));
                break;
            case ("POST", "rate"):
                server.RateLimit = Number(body, "requests_per_second") is > 0 and var rate ? new(rate) : null;
                break;
            case ("POST", "shape"):
                foreach (var (name, value) in body["extra_fields"]?.AsObject().ToList() ?? [])
                {
                    body["extra_fields"]![name] = value?.ToJsonString() ?? "null";
                }

                server.Shape = body.Deserialize<ResponseShape>(SandboxJson.Options)!;
                break;
            case ("POST", "workspaces"):
                return server.Store.AddWorkspace((string)body["name"]!);
            case ("POST", "api-keys"):
                return new { Hash = server.Store.AddApiKey((string?)body["key"]) };
            case ("POST", "reset"):
                server.Reset((int?)body["seed"], body.Deserialize<SeedOptions>(SandboxJson.Options));
                break;
            default:
                throw new FormatException($"There is no {method} {BasePath}{path}. There are:\n{Description}");
        }

        return Status();
    }

    private static double Number(JsonNode body, string name) => (double?)body[name] ?? 0;

    private static JsonObject Key(SandboxKey key)
    {
        var json = key.ToJson();
        json["key"] = key.RawKey;
        json["changes"] = key.Changes;
        json["deleted_at"] = key.DeletedAt is { } deleted ? SandboxJson.Timestamp(deleted) : null;
        return json;
    }

    private object Status() => new
    {
        Keys = server.Store.Count,
        server.Store.Pending,
        Requests = server.Requests.Count,
        server.Concurrent,
        server.MaxConcurrent,
        server.ActiveConnections,
        server.TotalConnections,
        server.Refused,
        Faults = server.Faults.Rules.Select(rule => new { Fault = rule.Fault.Name, rule.Operation, rule.Matched, rule.Applied }),
    };
}
