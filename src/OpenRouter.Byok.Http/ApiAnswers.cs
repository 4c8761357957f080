using System.Globalization;
using System.Text.Json;

namespace OpenRouter.Byok.Http;

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

    internal static Page<ByokKey> ToPage(KeyPage page, ServerText text) =>
        new(ToRecords(page.Data, key => ToKey(key, text)), page.TotalCount);

    internal static Page<ByokWorkspace> ToPage(WorkspacePage page, ServerText text) =>
        new(ToRecords(page.Data, workspace => ToWorkspace(workspace, text)), page.TotalCount);

    internal static ByokKey ToKey(KeyEnvelope envelope, ServerText text) =>
        ToKey(envelope.Data ?? throw new JsonException("data"), text);

    private static ByokKey ToKey(KeyData key, ServerText text) => new()
    {
        // Every other field may be missing; without an id a credential can be neither told apart nor changed.
        Id = text.Clean(key.Id) ?? throw new JsonException("id"),
        Name = text.Clean(key.Name),
        Provider = text.Clean(key.Provider),
        Label = text.CleanLabel(key.Label),
        Disabled = key.Disabled ?? false,
        IsFallback = key.IsFallback ?? false,
        IsRequired = key.IsRequired ?? false,
        IsByokOnly = key.IsByokOnly ?? false,
        DeclaredZdr = key.DeclaredZdr,
        AllowedModels = ToList(key.AllowedModels, text),
        AllowedApiKeyHashes = ToList(key.AllowedApiKeyHashes, text),
        AllowedUserIds = ToList(key.AllowedUserIds, text),
        SortOrder = key.SortOrder,
        WorkspaceId = text.Clean(key.WorkspaceId),
        CreatedAt = ToTime(key.CreatedAt),
        AdditionalProperties = ToUnknown(key.Unknown, text),
    };

    private static ByokWorkspace ToWorkspace(WorkspaceData workspace, ServerText text) => new()
    {
        Id = text.Clean(workspace.Id) ?? throw new JsonException("id"),
        Name = text.Clean(workspace.Name),
        Slug = text.Clean(workspace.Slug),
        Description = text.Clean(workspace.Description),
        DefaultTextModel = text.Clean(workspace.DefaultTextModel),
        DefaultImageModel = text.Clean(workspace.DefaultImageModel),
        DefaultProviderSort = text.Clean(workspace.DefaultProviderSort),
        DefaultGuardrailId = text.Clean(workspace.DefaultGuardrailId),
        IncludeByokInBudgets = workspace.IncludeByokInBudgets,
        IsDataDiscountLoggingEnabled = workspace.IsDataDiscountLoggingEnabled,
        IsObservabilityBroadcastEnabled = workspace.IsObservabilityBroadcastEnabled,
        IsObservabilityIoLoggingEnabled = workspace.IsObservabilityIoLoggingEnabled,
        IoLoggingSamplingRate = workspace.IoLoggingSamplingRate,
        IoLoggingApiKeyIds = workspace.IoLoggingApiKeyIds,
        CreatedBy = text.Clean(workspace.CreatedBy),
        CreatedAt = ToTime(workspace.CreatedAt),
        UpdatedAt = ToTime(workspace.UpdatedAt),
        AdditionalProperties = ToUnknown(workspace.Unknown, text),
    };

    private static List<TRecord> ToRecords<TData, TRecord>(List<TData?>? data, Func<TData, TRecord> convert)
        where TData : class
    {
        if (data is null)
        {
            throw new JsonException("data");
        }

        var records = new List<TRecord>(data.Count);
        foreach (TData? item in data)
        {
            records.Add(convert(item ?? throw new JsonException("data")));
        }

        return records;
    }

    private static AllowList? ToList(List<string?>? entries, ServerText text) =>
        entries is null ? null : new AllowList(entries.Select(entry => text.Clean(entry) ?? throw new JsonException("null in an allow-list")));

    private static DateTime? ToTime(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time.LocalDateTime
            : null;

    private static Dictionary<string, object?>? ToUnknown(Dictionary<string, JsonElement>? fields, ServerText text)
    {
        if (fields is not { Count: > 0 })
        {
            return null;
        }

        // Two names may become the same where control characters were all that told them apart.
        var unknown = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (KeyValuePair<string, JsonElement> field in fields)
        {
            unknown[text.Clean(field.Key)!] = ToValue(field.Value, text);
        }

        return unknown;
    }

    private static object? ToValue(JsonElement value, ServerText text) => value.ValueKind switch
    {
        JsonValueKind.String => text.Clean(value.GetString()),
        JsonValueKind.Number => ToNumber(value),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => value.EnumerateArray().Select(item => ToValue(item, text)).ToArray(),
        JsonValueKind.Object => ToObject(value, text),
        _ => null,
    };

    private static object ToNumber(JsonElement value) =>
        value.TryGetInt64(out long whole) ? whole : value.TryGetDouble(out double number) ? number : value.GetRawText();

    private static Dictionary<string, object?> ToObject(JsonElement value, ServerText text)
    {
        // A name may stand twice in JSON; the last one counts, as everywhere else.
        var fields = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (JsonProperty field in value.EnumerateObject())
        {
            fields[text.Clean(field.Name)!] = ToValue(field.Value, text);
        }

        return fields;
    }
}
