using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpenRouter.Byok.Http;

/// <summary>
/// The shapes of the API's answers, compiled ahead so that no reflection runs at the first request. They are classes with
/// setters: the parser handles constructors with parameters by code that would be compiled at that moment.
/// </summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.Strict,
    UnknownTypeHandling = JsonUnknownTypeHandling.JsonElement)]
[JsonSerializable(typeof(KeyPage))]
[JsonSerializable(typeof(KeyEnvelope))]
[JsonSerializable(typeof(WorkspacePage))]
[JsonSerializable(typeof(DeleteAnswer))]
[JsonSerializable(typeof(ErrorEnvelope))]
internal sealed partial class ByokJsonContext : JsonSerializerContext;

/// <summary>A page of keys (<c>ListBYOKKeysResponse</c>).</summary>
internal sealed class KeyPage
{
    public List<KeyData?>? Data { get; set; }

    public long? TotalCount { get; set; }
}

/// <summary>One key (<c>GetBYOKKeyResponse</c> and its siblings).</summary>
internal sealed class KeyEnvelope
{
    public KeyData? Data { get; set; }
}

/// <summary>A page of workspaces (<c>ListWorkspacesResponse</c>).</summary>
internal sealed class WorkspacePage
{
    public List<WorkspaceData?>? Data { get; set; }

    public long? TotalCount { get; set; }
}

/// <summary>A deletion (<c>DeleteBYOKKeyResponse</c>).</summary>
internal sealed class DeleteAnswer
{
    public bool? Deleted { get; set; }
}

/// <summary>An error (<c>BadRequestResponse</c> and its siblings).</summary>
internal sealed class ErrorEnvelope
{
    public ErrorData? Error { get; set; }
}

/// <summary>What an error says; a gateway may send text where the API sends a number.</summary>
internal sealed class ErrorData
{
    public JsonElement Code { get; set; }

    public string? Message { get; set; }
}

/// <summary>A key as the API sends it (<c>BYOKKey</c>); every field may be missing.</summary>
internal sealed class KeyData
{
    public string? Id { get; set; }

    public string? Name { get; set; }

    public string? Provider { get; set; }

    public string? Label { get; set; }

    public bool? Disabled { get; set; }

    public bool? IsFallback { get; set; }

    public bool? IsRequired { get; set; }

    public bool? IsByokOnly { get; set; }

    public bool? DeclaredZdr { get; set; }

    public List<string?>? AllowedModels { get; set; }

    public List<string?>? AllowedApiKeyHashes { get; set; }

    public List<string?>? AllowedUserIds { get; set; }

    public int? SortOrder { get; set; }

    public string? WorkspaceId { get; set; }

    public string? CreatedAt { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A workspace as the API sends it (<c>Workspace</c>); every field may be missing.</summary>
internal sealed class WorkspaceData
{
    public string? Id { get; set; }

    public string? Name { get; set; }

    public string? Slug { get; set; }

    public string? Description { get; set; }

    public string? DefaultTextModel { get; set; }

    public string? DefaultImageModel { get; set; }

    public string? DefaultProviderSort { get; set; }

    public string? DefaultGuardrailId { get; set; }

    public bool? IncludeByokInBudgets { get; set; }

    public bool? IsDataDiscountLoggingEnabled { get; set; }

    public bool? IsObservabilityBroadcastEnabled { get; set; }

    public bool? IsObservabilityIoLoggingEnabled { get; set; }

    public double? IoLoggingSamplingRate { get; set; }

    public List<long>? IoLoggingApiKeyIds { get; set; }

    public string? CreatedBy { get; set; }

    public string? CreatedAt { get; set; }

    public string? UpdatedAt { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
