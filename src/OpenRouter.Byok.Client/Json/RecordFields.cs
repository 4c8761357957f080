using System.Text.Json;

namespace OpenRouter.Byok.Client;

/// <summary>How each field of a key and of a workspace is read.</summary>
internal static class RecordFields
{
    internal static IReadOnlyList<FieldReader<ByokKey>> Key { get; } = KeyFields.All.Select(ToReader).ToArray();

    internal static IReadOnlyList<FieldReader<ByokWorkspace>> Workspace { get; } =
    [
        Field("id", JsonFields.ReadText, static (workspace, value) => workspace.Id = value ?? string.Empty),
        Field("name", JsonFields.ReadText, static (workspace, value) => workspace.Name = value),
        Field("slug", JsonFields.ReadText, static (workspace, value) => workspace.Slug = value),
        Field("description", JsonFields.ReadText, static (workspace, value) => workspace.Description = value),
        Field("default_text_model", JsonFields.ReadText, static (workspace, value) => workspace.DefaultTextModel = value),
        Field("default_image_model", JsonFields.ReadText, static (workspace, value) => workspace.DefaultImageModel = value),
        Field("default_provider_sort", JsonFields.ReadText, static (workspace, value) => workspace.DefaultProviderSort = value),
        Field("default_guardrail_id", JsonFields.ReadText, static (workspace, value) => workspace.DefaultGuardrailId = value),
        Field("include_byok_in_budgets", JsonFields.ReadBoolean, static (workspace, value) => workspace.IncludeByokInBudgets = value),
        Field("is_data_discount_logging_enabled", JsonFields.ReadBoolean, static (workspace, value) => workspace.IsDataDiscountLoggingEnabled = value),
        Field("is_observability_broadcast_enabled", JsonFields.ReadBoolean, static (workspace, value) => workspace.IsObservabilityBroadcastEnabled = value),
        Field("is_observability_io_logging_enabled", JsonFields.ReadBoolean, static (workspace, value) => workspace.IsObservabilityIoLoggingEnabled = value),
        Field("io_logging_sampling_rate", JsonFields.ReadDouble, static (workspace, value) => workspace.IoLoggingSamplingRate = value),
        Field("io_logging_api_key_ids", JsonFields.ReadIntegers, static (workspace, value) => workspace.IoLoggingApiKeyIds = value),
        Field("disabled_server_tools", JsonFields.ReadTexts, static (workspace, value) => workspace.DisabledServerTools = value),
        Field("created_by", JsonFields.ReadText, static (workspace, value) => workspace.CreatedBy = value),
        Field("created_at", JsonFields.ReadTime, static (workspace, value) => workspace.CreatedAt = value),
        Field("updated_at", JsonFields.ReadTime, static (workspace, value) => workspace.UpdatedAt = value),
    ];

    private static FieldReader<ByokKey> ToReader(KeyField field) => field switch
    {
        KeyField<string?> text => new FieldReader<ByokKey, string?>(field.ApiName, JsonFields.ReadText, text.Set),
        KeyField<bool> flag => new FieldReader<ByokKey, bool>(field.ApiName, static value => value.ReadBoolean() ?? false, flag.Set),
        KeyField<bool?> flag => new FieldReader<ByokKey, bool?>(field.ApiName, JsonFields.ReadBoolean, flag.Set),
        KeyField<AllowList?> list => new FieldReader<ByokKey, AllowList?>(field.ApiName, JsonFields.ReadAllowList, list.Set),
        KeyField<long?> number => new FieldReader<ByokKey, long?>(field.ApiName, JsonFields.ReadInteger, number.Set),
        KeyField<DateTimeOffset?> time => new FieldReader<ByokKey, DateTimeOffset?>(field.ApiName, JsonFields.ReadTime, time.Set),
        _ => throw new InvalidOperationException($"No reader for the type of {field.Name}."),
    };

    private static FieldReader<ByokWorkspace> Field<TValue>(string apiName, Func<JsonElement, TValue> read, Action<ByokWorkspace, TValue> set) =>
        new FieldReader<ByokWorkspace, TValue>(apiName, read, set);
}
