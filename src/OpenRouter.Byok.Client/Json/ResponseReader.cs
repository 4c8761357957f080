using System.Text.Json;

namespace OpenRouter.Byok.Client;

/// <summary>Reads the responses of the API into the public types.</summary>
internal static class ResponseReader
{
    /// <summary>A response with at most this many bytes is parsed without counting its values first.</summary>
    private const int SmallResponse = 1024 * 1024;

    /// <summary>Seven times what a page of 100 keys with full allow-lists has.</summary>
    private const int MaximumTokens = 250_000;

    /// <summary>Refuses a response that would need many times its size in memory, for example millions of empty objects.</summary>
    /// <exception cref="JsonException">It is such a response, or not JSON.</exception>
    internal static void CheckTokens(ReadOnlySpan<byte> response)
    {
        if (response.Length <= SmallResponse)
        {
            return;
        }

        var reader = new Utf8JsonReader(response);
        for (int tokens = 0; reader.Read(); tokens++)
        {
            if (tokens > MaximumTokens)
            {
                throw new JsonException("too many values");
            }
        }
    }

    /// <summary>Reads a response.</summary>
    /// <exception cref="JsonException">It is not JSON, or not what the API sends.</exception>
    internal static TResult Read<TResult>(ReadOnlyMemory<byte> response, Func<JsonElement, TResult> read)
    {
        CheckTokens(response.Span);
        using JsonDocument document = JsonDocument.Parse(response);
        try
        {
            return read(document.RootElement);
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException)
        {
            // A value of another kind, or text that is not UTF-8.
            throw new JsonException("unexpected value", error);
        }
    }

    /// <summary>
    /// The message of a response with an error, as the server sent it: neither redacted nor made visible.
    /// <see langword="null"/> for the page of a gateway: its status is enough, and markup is not a message.
    /// </summary>
    internal static string? ReadErrorMessage(ReadOnlyMemory<byte> response)
    {
        try
        {
            return Read(response, static envelope => envelope.Field("error")?.Field("message")?.GetString());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static Page<ByokKey> ToKeyPage(JsonElement page)
    {
        var reader = new RecordReader<ByokKey>(RecordFields.Key);
        return ToPage(page, record => ToKey(record, reader));
    }

    internal static Page<ByokWorkspace> ToWorkspacePage(JsonElement page)
    {
        var reader = new RecordReader<ByokWorkspace>(RecordFields.Workspace);
        return ToPage(page, record =>
        {
            var workspace = new ByokWorkspace();
            workspace.AdditionalProperties = reader.Read(record, workspace);
            return workspace.Id.Length > 0 ? workspace : throw new JsonException("id");
        });
    }

    internal static ByokKey ToKey(JsonElement envelope) => ToKey(DataOf(envelope), new RecordReader<ByokKey>(RecordFields.Key));

    internal static bool ToDeleted(JsonElement response) => response.Field("deleted")?.GetBoolean() == true ? true : throw new JsonException("deleted");

    private static ByokKey ToKey(JsonElement record, RecordReader<ByokKey> reader)
    {
        var key = new ByokKey();
        key.AdditionalProperties = reader.Read(record, key);

        // Every other field may be missing, but without an id a key can be neither identified nor changed.
        return key.Id.Length > 0 ? key : throw new JsonException("id");
    }

    private static Page<T> ToPage<T>(JsonElement page, Func<JsonElement, T> toRecord)
    {
        JsonElement data = DataOf(page);
        var records = new List<T>(data.GetArrayLength());
        foreach (JsonElement record in data.EnumerateArray())
        {
            records.Add(toRecord(record));
        }

        // The count is only a hint: one that makes no sense is ignored.
        return new Page<T>(records, page.Field("total_count")?.ReadInteger() is >= 0 and var count ? count : null);
    }

    private static JsonElement DataOf(JsonElement envelope) => envelope.Field("data") ?? throw new JsonException("data");
}
