using System.Text.Json;

namespace OpenRouter.Byok.Client;

/// <summary>Makes what a user holds of what the API sent.</summary>
internal static class ApiAnswers
{
    /// <summary>Below this many bytes an answer needs no look before it is parsed.</summary>
    private const int Small = 1024 * 1024;

    /// <summary>Seven times what a page of 100 keys with all their allow-lists full is made of.</summary>
    private const int MostTokens = 250_000;

    /// <summary>
    /// Refuses an answer that would take many times its size in memory: millions of empty objects, for example.
    /// </summary>
    /// <exception cref="JsonException">It is such an answer, or no JSON.</exception>
    internal static void CheckTokens(ReadOnlySpan<byte> answer)
    {
        if (answer.Length <= Small)
        {
            return;
        }

        var reader = new Utf8JsonReader(answer);
        for (int tokens = 0; reader.Read(); tokens++)
        {
            if (tokens > MostTokens)
            {
                throw new JsonException("too many values");
            }
        }
    }

    /// <summary>Reads an answer.</summary>
    /// <exception cref="JsonException">It is no JSON, or not what the API answers.</exception>
    internal static TResult Read<TResult>(ReadOnlyMemory<byte> answer, ServerText text, Func<JsonElement, ServerText, TResult> read)
    {
        CheckTokens(answer.Span);
        using JsonDocument document = JsonDocument.Parse(answer);
        try
        {
            return read(document.RootElement, text);
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException)
        {
            // A value of another kind, or text that is no UTF-8.
            throw new JsonException("unexpected value", error);
        }
    }

    /// <summary>What an answer with an error says; <see langword="null"/> where it is a gateway's page: its status tells enough, and markup is no message.</summary>
    internal static string? ReadErrorMessage(ReadOnlyMemory<byte> answer)
    {
        try
        {
            return Read(answer, new ServerText(), static (envelope, text) => new ApiObject(envelope, text).Element("error") is { } error
                ? new ApiObject(error, text).Raw("message")
                : null);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static Page<ByokKey> ToKeyPage(JsonElement page, ServerText text) => ToPage(page, text, ToKeyRecord);

    internal static Page<ByokWorkspace> ToWorkspacePage(JsonElement page, ServerText text) => ToPage(page, text, ToWorkspaceRecord);

    internal static ByokKey ToKey(JsonElement envelope, ServerText text) =>
        ToKeyRecord(new ApiObject(envelope, text).Element("data") ?? throw new JsonException("data"), text);

    internal static bool ToDeleted(JsonElement answer, ServerText text) =>
        new ApiObject(answer, text).Flag("deleted") == true ? true : throw new JsonException("deleted");

    private static Page<T> ToPage<T>(JsonElement page, ServerText text, Func<JsonElement, ServerText, T> toRecord)
    {
        var fields = new ApiObject(page, text);
        JsonElement data = fields.Element("data") ?? throw new JsonException("data");
        var records = new List<T>(data.GetArrayLength());
        foreach (JsonElement record in data.EnumerateArray())
        {
            records.Add(toRecord(record, text));
        }

        return new Page<T>(records, fields.Number("total_count"));
    }

    private static ByokKey ToKeyRecord(JsonElement record, ServerText text)
    {
        var key = new ApiObject(record, text);
        return new ByokKey
        {
            // Every other field may be missing; without an id a credential can be neither told apart nor changed.
            Id = key.Text("id") ?? throw new JsonException("id"),
            Name = key.Text("name"),
            Provider = key.Text("provider"),
            Label = key.Label("label"),
            Disabled = key.Flag("disabled") ?? false,
            IsFallback = key.Flag("is_fallback") ?? false,
            IsRequired = key.Flag("is_required") ?? false,
            IsByokOnly = key.Flag("is_byok_only") ?? false,
            DeclaredZdr = key.Flag("declared_zdr"),
            AllowedModels = key.AllowList("allowed_models"),
            AllowedApiKeyHashes = key.AllowList("allowed_api_key_hashes"),
            AllowedUserIds = key.AllowList("allowed_user_ids"),
            SortOrder = key.Element("sort_order")?.GetInt32(),
            WorkspaceId = key.Text("workspace_id"),
            CreatedAt = key.Time("created_at"),
            AdditionalProperties = key.Others<ByokKey>(),
        };
    }

    private static ByokWorkspace ToWorkspaceRecord(JsonElement record, ServerText text)
    {
        var workspace = new ApiObject(record, text);
        return new ByokWorkspace
        {
            Id = workspace.Text("id") ?? throw new JsonException("id"),
            Name = workspace.Text("name"),
            Slug = workspace.Text("slug"),
            Description = workspace.Text("description"),
            DefaultTextModel = workspace.Text("default_text_model"),
            DefaultImageModel = workspace.Text("default_image_model"),
            DefaultProviderSort = workspace.Text("default_provider_sort"),
            DefaultGuardrailId = workspace.Text("default_guardrail_id"),
            IncludeByokInBudgets = workspace.Flag("include_byok_in_budgets"),
            IsDataDiscountLoggingEnabled = workspace.Flag("is_data_discount_logging_enabled"),
            IsObservabilityBroadcastEnabled = workspace.Flag("is_observability_broadcast_enabled"),
            IsObservabilityIoLoggingEnabled = workspace.Flag("is_observability_io_logging_enabled"),
            IoLoggingSamplingRate = workspace.Element("io_logging_sampling_rate")?.GetDouble(),
            IoLoggingApiKeyIds = workspace.Element("io_logging_api_key_ids")?.EnumerateArray().Select(static id => id.GetInt64()).ToList(),
            CreatedBy = workspace.Text("created_by"),
            CreatedAt = workspace.Time("created_at"),
            UpdatedAt = workspace.Time("updated_at"),
            AdditionalProperties = workspace.Others<ByokWorkspace>(),
        };
    }
}
