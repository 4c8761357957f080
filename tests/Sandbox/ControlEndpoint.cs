using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenRouter.Byok.Sandbox;

/// <summary>Lets another process set faults and read the received requests and the stored keys.</summary>
internal sealed class ControlEndpoint(SandboxServer server)
{
    internal const string BasePath = "/_sandbox/";

    internal async Task HandleAsync(HttpContext http, string path)
    {
        using var reader = new StreamReader(http.Request.Body);
        var text = await reader.ReadToEndAsync();
        var response = Handle(http.Request.Method, path, JsonNode.Parse(text.Length == 0 ? "{}" : text)!);
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
                return server.Store.Keys.Select(Key);

            // {"provider": "openai", "name": "Search", "key": "sk-...", "disabled": true, "is_fallback": true}: the id follows
            // from the provider and the name.
            case ("POST", "keys"):
                return Key(server.Store.AddNamed((string)body["provider"]!, (string)body["key"]!, (string)body["name"]!, key => key with
                {
                    Disabled = (bool?)body["disabled"] == true,
                    IsFallback = (bool?)body["is_fallback"] == true,
                }));

            // ["RULE", ...] in place of the rules before.
            case ("POST", "faults"):
                server.Faults.Clear();
                body.Deserialize<List<string>>()!.ForEach(rule => server.Faults.Add(rule));
                break;
            case ("POST", "latency"):
                server.Latency = TimeSpan.FromMilliseconds((double)body["milliseconds"]!);
                break;

            // 0 means no limit.
            case ("POST", "rate"):
                server.RateLimit = (double)body["requests_per_second"]! is > 0 and var rate ? new(rate) : null;
                break;
            case ("POST", "shape"):
                server.Shape = body.Deserialize<ResponseShape>(SandboxJson.Options)!;
                break;
            case ("POST", "workspaces"):
                return server.Store.AddWorkspace((string)body["name"]!);

            // {"seed": 120} and SeedOptions: back to the start.
            case ("POST", "reset"):
                server.Reset((int?)body["seed"], body.Deserialize<SeedOptions>(SandboxJson.Options));
                break;
            default:
                throw new BadHttpRequestException($"There is no {method} {BasePath}{path}.");
        }

        return new { Keys = server.Store.Count, Requests = server.Requests.Count };
    }

    private static JsonObject Key(SandboxKey key)
    {
        var json = key.ToJson();
        json["key"] = key.RawKey;
        json["changes"] = key.Changes;
        return json;
    }
}
