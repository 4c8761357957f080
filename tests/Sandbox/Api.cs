using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace OpenRouter.Byok.Sandbox;

/// <summary>The operations of the API.</summary>
internal sealed class Api(SandboxServer server, SandboxOptions options)
{
    private const int MaximumBody = 1 << 20;
    private const int DefaultLimit = 50;

    private readonly byte[] _authorization = Encoding.UTF8.GetBytes("Bearer " + options.ManagementKey);

    private SandboxStore Store => server.Store;

    /// <summary>Processes the operation and sets its response, which is not sent yet.</summary>
    internal void Perform(ApiCall call, ReadOnlyMemory<byte> body, ResponseShape shape, Lateness? late)
    {
        try
        {
            if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(call.Http.Request.Headers.Authorization.ToString()), _authorization))
            {
                throw new ApiException(401, "Invalid management key");
            }

            var operation = call.Request.Operation;
            call.Status = operation == ApiOperation.Create ? 201 : 200;
            call.Body = operation switch
            {
                ApiOperation.List => List(call.Request, shape),
                ApiOperation.ListWorkspaces => ListWorkspaces(call.Request, shape),
                ApiOperation.Get => Envelope(Store.Shown(Id(call.Request)), shape),
                ApiOperation.Create => Envelope(Create(Read(call, body, "CreateBYOKKeyRequest"), late), shape),
                ApiOperation.Update => Envelope(Update(Id(call.Request), Read(call, body, "UpdateBYOKKeyRequest"), late), shape),
                ApiOperation.Delete => Store.Remove(Id(call.Request), late) ? """{"deleted":true}"""u8.ToArray() : throw NotFound(),
                _ => throw (call.Request.Allow is null ? new ApiException(404, "Not Found") : new ApiException(405, "Method Not Allowed")),
            };
        }
        catch (ApiException refused)
        {
            call.Http.Response.Headers.Allow = refused.Status == 405 ? call.Request.Allow : null;
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
            query[pair.DecodeName().ToString()] = long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : value;
        }

        var valid = Valid(ApiDescription.QuerySchema(request.Operation), JsonSerializer.SerializeToUtf8Bytes(query));
        return ((long?)valid["offset"] ?? 0, (int?)valid["limit"] ?? DefaultLimit, (Guid?)valid["workspace_id"], (string?)valid["provider"]);
    }

    private static ReadOnlyMemory<byte> Write(ResponseShape shape, JsonObject record) => JsonSerializer.SerializeToUtf8Bytes(shape.Apply(record), SandboxJson.Options);

    private static ReadOnlyMemory<byte> Write(ResponseShape shape, SandboxKey key) => shape.ChangesFields ? Write(shape, key.ToJson()) : key.Json;

    private static ReadOnlyMemory<byte> Page(ResponseShape shape, IReadOnlyList<ReadOnlyMemory<byte>> records, int total)
    {
        var rest = Write(shape, new JsonObject { ["total_count"] = Math.Max(0, total + shape.TotalCountDelta) }).Span;
        var page = new ArrayBufferWriter<byte>(records.Sum(record => record.Length + 1) + rest.Length + 16);
        page.Write("{\"data\":["u8);
        for (var i = 0; i < records.Count; i++)
        {
            page.Write(i > 0 ? ","u8 : default);
            page.Write(records[i].Span);
        }

        page.Write(rest.Length > 2 ? "],"u8 : "]"u8);
        page.Write(rest[1..]);
        return page.WrittenMemory;
    }

    private ReadOnlyMemory<byte> List(ReceivedRequest request, ResponseShape shape)
    {
        var (offset, limit, workspace, provider) = Query(request);
        if (shape.PagePayload?.Invoke(request) is { } payload)
        {
            return Encoding.UTF8.GetBytes(payload);
        }

        var (keys, total) = Store.Page(Workspace(workspace), provider, offset, limit, shape);
        return Page(shape, Array.ConvertAll(keys, key => Write(shape, key)), total);
    }

    private ReadOnlyMemory<byte> ListWorkspaces(ReceivedRequest request, ResponseShape shape)
    {
        var (offset, limit, _, _) = Query(request);
        if (shape.PagePayload?.Invoke(request) is { } payload)
        {
            return Encoding.UTF8.GetBytes(payload);
        }

        var workspaces = Store.Workspaces;
        var page = workspaces.Skip((int)Math.Min(offset, int.MaxValue)).Take(Math.Min(limit, shape.MaximumPage)).ToList();
        page.InsertRange(0, shape.DuplicateIds ? page[..Math.Min(1, page.Count)] : []);
        return Page(shape, page.ConvertAll(workspace => Write(shape, workspace.ToJson())), workspaces.Count);
    }

    private SandboxKey Create(JsonObject request, Lateness? late)
    {
        CheckHashes(request);
        var key = Store.NewKey((string)request["provider"]!, "") with { WorkspaceId = Workspace((Guid?)request["workspace_id"]) };
        return Store.Add(KeyRules.Apply(key, request), late);
    }

    private SandboxKey? Update(Guid id, JsonObject request, Lateness? late)
    {
        CheckHashes(request);
        return Store.Update(id, key => KeyRules.Apply(key, request), late);
    }

    private Guid Workspace(Guid? given)
    {
        var id = given ?? Store.DefaultWorkspaceId ?? throw new ApiException(400, "workspace_id: Required because the default workspace was deleted");
        return Store.Workspaces.Any(workspace => workspace.Id == id) ? id : throw new ApiException(400, "workspace_id: Workspace not found");
    }

    private void CheckHashes(JsonObject request)
    {
        if (request["allowed_api_key_hashes"]?.AsArray().All(hash => Store.HasApiKey((string)hash!)) == false)
        {
            throw new ApiException(400, "allowed_api_key_hashes: Each API key must belong to the account");
        }
    }

    private ReadOnlyMemory<byte> Envelope(SandboxKey? key, ResponseShape shape)
    {
        if (key is null)
        {
            throw NotFound();
        }

        Store.Move(shape.Move, key.Id);
        var shown = shape.AnotherKey ? Store.AnotherThan(key) : key;
        return shape.ChangesFields
            ? Write(shape, new JsonObject { ["data"] = shape.Apply(shown.ToJson()) })
            : (byte[])[.. "{\"data\":"u8, .. shown.Json.Span, (byte)'}'];
    }
}
