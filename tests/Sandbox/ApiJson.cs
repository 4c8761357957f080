using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OpenRouter.Byok.Sandbox;

/// <summary>Writes what the API answers.</summary>
internal static class ApiJson
{
    // Clears a screen, sets a window title, paints red, rings, overwrites the line, reverses the reading direction.
    internal const string Hostile = "\u001b[2J\u001b]0;owned\u0007\u001b[31mred\r\n\b\0\u009b1m\u202eleft\u2028";

    private static readonly JsonWriterOptions _options = new()
    {
        // As JavaScript servers write: text as it is, with only what JSON demands escaped.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    internal static byte[] Deleted { get; } = """{"deleted":true}"""u8.ToArray();

    internal static byte[] Key(SandboxKey key, ResponseShape shape) => Write(writer => Key(writer, key, shape));

    internal static byte[] Envelope(KeyVersion version, ResponseShape shape)
    {
        if (shape.KeepsKeysFaithful)
        {
            var json = version.Json;
            var body = new byte[json.Length + 9];
            "{\"data\":"u8.CopyTo(body);
            json.CopyTo(body, 8);
            body[^1] = (byte)'}';
            return body;
        }

        return Write(writer =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName("data");
            Key(writer, version.Key, shape);
            Extra(writer, shape);
            writer.WriteEndObject();
        });
    }

    internal static byte[] Page(IReadOnlyList<KeyVersion> keys, int total, ResponseShape shape)
    {
        if (shape.KeepsKeysFaithful)
        {
            return FaithfulPage(keys, total);
        }

        return Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("data");
            foreach (var version in keys)
            {
                Key(writer, version.Key, shape);
            }

            writer.WriteEndArray();
            Total(writer, total, shape);
            Extra(writer, shape);
            writer.WriteEndObject();
        });
    }

    internal static byte[] Workspaces(IEnumerable<SandboxWorkspace> workspaces, int total, ResponseShape shape) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("data");
        foreach (var workspace in workspaces)
        {
            Workspace(writer, workspace, shape);
        }

        writer.WriteEndArray();
        Total(writer, total, shape);
        Extra(writer, shape);
        writer.WriteEndObject();
    });

    internal static byte[] Error(int status, string message, ResponseShape shape, string? echo = null) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartObject("error");
        writer.WriteNumber("code", status);
        writer.WriteString("message", (shape.ControlCharacters ? Hostile : "") + message + (echo is null ? "" : $": {echo}"));
        if (echo is not null)
        {
            writer.WriteStartObject("metadata");
            writer.WriteString("request", echo);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        Extra(writer, shape);
        writer.WriteEndObject();
    });

    internal static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = _buffer ??= new(4096);
        var writer = _writer ??= new(buffer, _options);
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
        write(writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    internal static string Timestamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static byte[] FaithfulPage(IReadOnlyList<KeyVersion> keys, int total)
    {
        Span<byte> digits = stackalloc byte[11];
        total.TryFormat(digits, out var digitCount, provider: CultureInfo.InvariantCulture);
        var head = "{\"data\":["u8;
        var middle = "],\"total_count\":"u8;
        var length = head.Length + middle.Length + digitCount + 1 + Math.Max(0, keys.Count - 1);
        for (var i = 0; i < keys.Count; i++)
        {
            length += keys[i].Json.Length;
        }

        var body = GC.AllocateUninitializedArray<byte>(length);
        head.CopyTo(body);
        var position = head.Length;
        for (var i = 0; i < keys.Count; i++)
        {
            if (i > 0)
            {
                body[position++] = (byte)',';
            }

            keys[i].Json.CopyTo(body, position);
            position += keys[i].Json.Length;
        }

        middle.CopyTo(body.AsSpan(position));
        position += middle.Length;
        digits[..digitCount].CopyTo(body.AsSpan(position));
        body[^1] = (byte)'}';
        return body;
    }

    private static void Key(Utf8JsonWriter writer, SandboxKey key, ResponseShape shape)
    {
        var left = shape.LeftOutFields;
        var prefix = shape.ControlCharacters ? Hostile : "";
        writer.WriteStartObject();
        Text("id", key.Id.ToString());
        Text("provider", key.Provider);
        Text("workspace_id", key.WorkspaceId?.ToString());
        Text("label", prefix + key.Label);
        Text("name", key.Name is null && prefix.Length == 0 ? null : prefix + key.Name);
        Flag("disabled", key.Disabled);
        Flag("is_fallback", key.IsFallback);
        Flag("is_required", key.IsRequired);
        Flag("is_byok_only", key.IsByokOnly);
        Flag("declared_zdr", key.DeclaredZdr);
        if (key.DeclaredRegion is not null)
        {
            // Optional in a response.
            Text("declared_region", key.DeclaredRegion);
        }

        Texts("allowed_models", key.AllowedModels);
        Texts("allowed_api_key_hashes", key.AllowedApiKeyHashes);
        Texts("allowed_user_ids", key.AllowedUserIds);
        if (!Omitted("sort_order"))
        {
            writer.WriteNumber("sort_order", key.SortOrder);
        }

        Text("created_at", Timestamp(key.CreatedAt));
        Extra(writer, shape);
        writer.WriteEndObject();

        bool Omitted(string name) => left.Contains(name) || Replaced(writer, name, shape);

        void Text(string name, string? value)
        {
            if (!Omitted(name))
            {
                writer.WriteString(name, value);
            }
        }

        void Flag(string name, bool? value)
        {
            if (Omitted(name))
            {
                return;
            }

            if (value is { } flag)
            {
                writer.WriteBoolean(name, flag);
            }
            else
            {
                writer.WriteNull(name);
            }
        }

        void Texts(string name, IReadOnlyList<string>? values)
        {
            if (Omitted(name))
            {
                return;
            }

            if (values is null)
            {
                writer.WriteNull(name);
                return;
            }

            writer.WriteStartArray(name);
            foreach (var value in values)
            {
                writer.WriteStringValue(value);
            }

            writer.WriteEndArray();
        }
    }

    private static void Workspace(Utf8JsonWriter writer, SandboxWorkspace workspace, ResponseShape shape)
    {
        var prefix = shape.ControlCharacters ? Hostile : "";
        writer.WriteStartObject();
        Write("id", () => writer.WriteStringValue(workspace.Id));
        Write("name", () => writer.WriteStringValue(prefix + workspace.Name));
        Write("slug", () => writer.WriteStringValue(workspace.Slug));
        Write("description", () => writer.WriteStringValue(workspace.Description));
        Write("default_guardrail_id", () => writer.WriteStringValue(workspace.Id));
        Write("default_text_model", writer.WriteNullValue);
        Write("default_image_model", writer.WriteNullValue);
        Write("default_provider_sort", writer.WriteNullValue);
        Write("is_observability_io_logging_enabled", () => writer.WriteBooleanValue(false));
        Write("is_observability_broadcast_enabled", () => writer.WriteBooleanValue(false));
        Write("is_data_discount_logging_enabled", () => writer.WriteBooleanValue(true));
        Write("include_byok_in_budgets", () => writer.WriteBooleanValue(true));
        Write("io_logging_sampling_rate", () => writer.WriteNumberValue(1));
        Write("io_logging_api_key_ids", writer.WriteNullValue);
        Write("created_at", () => writer.WriteStringValue(Timestamp(workspace.CreatedAt)));
        Write("updated_at", writer.WriteNullValue);
        Write("created_by", writer.WriteNullValue);
        Extra(writer, shape);
        writer.WriteEndObject();

        void Write(string name, Action value)
        {
            if (!shape.LeftOutFields.Contains(name) && !Replaced(writer, name, shape))
            {
                writer.WritePropertyName(name);
                value();
            }
        }
    }

    private static void Total(Utf8JsonWriter writer, int total, ResponseShape shape)
    {
        if (Replaced(writer, "total_count", shape))
        {
            return;
        }

        if (!shape.LeftOutFields.Contains("total_count"))
        {
            writer.WriteNumber("total_count", total);
        }
    }

    private static bool Replaced(Utf8JsonWriter writer, string name, ResponseShape shape)
    {
        if (!shape.Values.TryGetValue(name, out var json))
        {
            return false;
        }

        writer.WritePropertyName(name);
        writer.WriteRawValue(Encoding.UTF8.GetBytes(json));
        return true;
    }

    private static void Extra(Utf8JsonWriter writer, ResponseShape shape)
    {
        foreach (var (name, json) in shape.ExtraFields)
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(Encoding.UTF8.GetBytes(json));
        }
    }
}
