using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OpenRouter.Byok.Client;

/// <summary>
/// The JSON body of a create or an update in one pinned buffer, cleared when the operation with its retries is over. The
/// raw key is escaped into it: a JSON writer would leave copies in the arrays that it rents.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    private static readonly byte[] RawKeyStart = "\"key\":\""u8.ToArray();

    private readonly PinnedArray<byte> _buffer;
    private int _length;

    private RequestBody(ReadOnlySpan<byte> fields, UnmanagedSecret? key)
    {
        // JSON makes at most six bytes of one UTF-16 character (\u0000).
        _buffer = new PinnedArray<byte>(fields.Length + (key is null ? 0 : RawKeyStart.Length + (6 * key.Length) + 4));
        Append(fields);
        if (key is not null)
        {
            // Overwrites the closing brace.
            _length--;
            Append(_length > 1 ? ","u8 : []);
            Append(RawKeyStart);
            AppendEscaped(key);
            Append("\"}"u8);
        }
    }

    /// <summary>The body of a create.</summary>
    internal static RequestBody ForCreate(CreateByokKeyRequest request, UnmanagedSecret key) => new(
        WriteFields(writer =>
        {
            writer.WriteString(KeyFields.Provider.ApiName, request.Provider);
            if (request.WorkspaceId is { IsSet: true, Value: { } workspace })
            {
                writer.WriteString(KeyFields.WorkspaceId.ApiName, workspace);
            }

            WriteSettings(writer, request.Settings);
        }),
        key);

    /// <summary>The body of an update.</summary>
    internal static RequestBody ForUpdate(UpdateByokKeyRequest request, UnmanagedSecret? key) =>
        new(WriteFields(writer => WriteSettings(writer, request.Settings)), key);

    /// <summary>The body in UTF-8.</summary>
    internal ReadOnlyMemory<byte> Bytes => _buffer.Array.AsMemory(0, _length);

    /// <summary>The body as content for one attempt; this object still owns the buffer.</summary>
    internal HttpContent ToContent() => new BufferContent(this);

    public void Dispose() => _buffer.Dispose();

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.Array.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Appends the raw key as JSON text. The encoder works on the given memory alone.</summary>
    private void AppendEscaped(UnmanagedSecret key)
    {
        using var text = new RawKeyText(key);

        // "Unsafe" refers to HTML: it does not escape letters of any script.
        OperationStatus status = JavaScriptEncoder.UnsafeRelaxedJsonEscaping.EncodeUtf8(
            text.Bytes.Span, _buffer.Array.AsSpan(_length), out int read, out int written);
        if (status != OperationStatus.Done || read != text.Bytes.Length)
        {
            throw new InvalidOperationException($"The raw key was not escaped: {status}.");
        }

        _length += written;
    }

    private static ReadOnlySpan<byte> WriteFields(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return stream.GetBuffer().AsSpan(0, (int)stream.Length);
    }

    private static void WriteSettings(Utf8JsonWriter writer, ByokKeySettings settings)
    {
        foreach (KeyValuePair<KeyField, object?> setting in settings)
        {
            writer.WritePropertyName(setting.Key.ApiName);
            WriteValue(writer, setting.Value);
        }

        foreach (KeyValuePair<string, object?> additional in settings.AdditionalProperties)
        {
            writer.WritePropertyName(additional.Key);
            WriteValue(writer, additional.Value);
        }
    }

    private static void WriteValue(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case double number:
                writer.WriteNumberValue(number);
                break;
            case decimal number:
                writer.WriteNumberValue(number);
                break;
            case IReadOnlyDictionary<string, object?> fields:
                writer.WriteStartObject();
                foreach (KeyValuePair<string, object?> field in fields)
                {
                    writer.WritePropertyName(field.Key);
                    WriteValue(writer, field.Value);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable<object?> items:
                writer.WriteStartArray();
                foreach (object? item in items)
                {
                    WriteValue(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                throw new InvalidOperationException($"No JSON form for a {value.GetType().Name}.");
        }
    }

    private sealed class BufferContent : HttpContent
    {
        private readonly RequestBody _body;

        internal BufferContent(RequestBody body)
        {
            _body = body;
            Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _body._length;
            return true;
        }

#if NET
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            TransportStream.SendAsync(stream, _body.Bytes, cancellationToken);
#else
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            stream.WriteAsync(_body._buffer.Array, 0, _body._length);
#endif
    }
}
