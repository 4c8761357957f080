using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace OpenRouter.Byok.Sandbox;

/// <summary>A request that the API refuses.</summary>
internal sealed class ApiException(int status, string message) : Exception(message)
{
    internal int Status { get; } = status;
}

/// <summary>The operations of the API.</summary>
internal sealed class Api(SandboxStore store, string managementKey)
{
    private const int MaximumBody = 1 << 20;
    private const int DefaultLimit = 50;

    private readonly byte[] _authorization = Encoding.UTF8.GetBytes("Bearer " + managementKey);

    /// <summary>Processes the operation and sets its response, which is not sent yet.</summary>
    internal void Perform(ApiCall call, ReadOnlyMemory<byte> body, ResponseShape shape, Lateness? late)
    {
        try
        {
            var authorization = Encoding.UTF8.GetBytes(call.Http.Request.Headers.Authorization.ToString());
            if (!CryptographicOperations.FixedTimeEquals(authorization, _authorization))
            {
                throw new ApiException(401, "Invalid management key");
            }

            var operation = call.Request.Operation;
            call.Status = operation == ApiOperation.Create ? 201 : 200;
            call.Body = operation switch
            {
                ApiOperation.List => List(call.Request, shape),
                ApiOperation.ListWorkspaces => ListWorkspaces(call.Request, shape),
                ApiOperation.Get => Show(store.Shown(Id(call.Request)), shape),
                ApiOperation.Create => Show(Create(Read(call, body, "CreateBYOKKeyRequest"), late), shape),
                ApiOperation.Update => Show(Update(Id(call.Request), Read(call, body, "UpdateBYOKKeyRequest"), late), shape),
                ApiOperation.Delete => store.Remove(Id(call.Request), late) ? """{"deleted":true}""" : throw NotFound(),
                _ => throw new ApiException(404, "Not Found"),
            };
        }
        catch (ApiException refused)
        {
            call.Refuse(refused.Status, refused.Message, shape);
        }
    }

    private static ApiException NotFound() => new(404, "BYOK key not found");

    private static Guid Id(ReceivedRequest request) => Guid.TryParseExact(request.Id, "D", out var id) ? id : throw NotFound();

    private static JsonObject Read(ApiCall call, ReadOnlyMemory<byte> body, string schema)
    {
        if (call.Http.Request.ContentType?.Split(';', 2)[0].Trim().Equals(ApiCall.Json, StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new ApiException(400, $"Content-Type: Expected {ApiCall.Json}");
        }

        return body.Length > MaximumBody
            ? throw new ApiException(400, "The request body is too large")
            : Valid(schema, body);
    }

    private static JsonObject Valid(string schema, ReadOnlyMemory<byte> json) => ApiDescription.Problems(schema, json) is [_, ..] problems
        ? throw new ApiException(400, string.Join("; ", problems))
        : JsonNode.Parse(json.Span)!.AsObject();

    private static (long Offset, int Limit, Guid? Workspace, string? Provider) Query(ReceivedRequest request)
    {
        var query = new JsonObject();
        foreach (var pair in new QueryStringEnumerable(request.Query))
        {
            var value = pair.DecodeValue().ToString();
            var isNumber = long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
            query[pair.DecodeName().ToString()] = isNumber ? number : value;
        }

        var valid = Valid(ApiDescription.QuerySchema(request.Operation), JsonSerializer.SerializeToUtf8Bytes(query));
        var (offset, limit) = ((long?)valid["offset"] ?? 0, (int?)valid["limit"] ?? DefaultLimit);
        return (offset, limit, (Guid?)valid["workspace_id"], (string?)valid["provider"]);
    }

    private static string Write(JsonObject json, ResponseShape shape) => shape.Apply(json).ToJsonString(SandboxJson.Options);

    private static string Write(SandboxKey key, ResponseShape shape) => shape.ChangesFields ? Write(key.ToJson(), shape) : key.Json;

    private static string Page(IEnumerable<string> records, int total, ResponseShape shape) =>
        Envelope($"[{string.Join(',', records)}]", new() { ["total_count"] = Math.Max(0, total + shape.TotalCountDelta) }, shape);

    /// <summary>Data, already serialized, and the fields beside it.</summary>
    private static string Envelope(string data, JsonObject fields, ResponseShape shape)
    {
        var rest = Write(fields, shape)[1..];
        return $"{{\"data\":{data}{(rest.Length > 1 ? "," : "")}{rest}";
    }

    private string List(ReceivedRequest request, ResponseShape shape)
    {
        var (offset, limit, workspace, provider) = Query(request);
        var (keys, total) = store.Page(Workspace(workspace), provider, offset, limit, shape);
        return Page(keys.Select(key => Write(key, shape)), total, shape);
    }

    private string ListWorkspaces(ReceivedRequest request, ResponseShape shape)
    {
        var (offset, limit, _, _) = Query(request);
        var workspaces = store.Workspaces;
        var page = workspaces.Skip((int)Math.Min(offset, int.MaxValue)).Take(Math.Min(limit, shape.MaximumPage)).ToList();
        page.InsertRange(0, shape.DuplicateIds ? page[..Math.Min(1, page.Count)] : []);
        return Page(page.Select(workspace => Write(workspace.ToJson(), shape)), workspaces.Count, shape);
    }

    private SandboxKey Create(JsonObject request, Lateness? late)
    {
        CheckHashes(request);
        var key = store.NewKey((string)request["provider"]!, "") with { WorkspaceId = Workspace((Guid?)request["workspace_id"]) };
        return store.Add(KeyRules.Apply(key, request), late);
    }

    private SandboxKey? Update(Guid id, JsonObject request, Lateness? late)
    {
        CheckHashes(request);
        return store.Update(id, key => KeyRules.Apply(key, request), late);
    }

    private Guid Workspace(Guid? given) => given is null || store.Workspaces.Any(workspace => workspace.Id == given)
        ? given ?? store.DefaultWorkspaceId
        : throw new ApiException(400, "workspace_id: Workspace not found");

    private void CheckHashes(JsonObject request)
    {
        if (request["allowed_api_key_hashes"]?.AsArray().All(hash => store.HasApiKey((string)hash!)) == false)
        {
            throw new ApiException(400, "allowed_api_key_hashes: Each API key must belong to the account");
        }
    }

    private string Show(SandboxKey? key, ResponseShape shape)
    {
        if (key is null)
        {
            throw NotFound();
        }

        store.Move(shape.Move, key.Id);
        return Envelope(Write(shape.AnotherKey ? store.AnotherThan(key) : key, shape), [], shape);
    }
}
