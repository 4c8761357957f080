using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace OpenRouter.Byok.Client;

/// <summary>
/// The JSON body of a create or an update in one pinned buffer, zeroed when the operation with its retries is over. The
/// raw key goes into it straight from the secret's own memory: a writer of a library would leave copies in the arrays
/// that it rents.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    private readonly byte[] _buffer;
    private int _length;
    private GCHandle _pin;

    private RequestBody(ReadOnlySpan<byte> fields, UnmanagedSecret? key)
    {
        // Six bytes are the most that JSON makes of one UTF-16 character (\u0000).
        _buffer = new byte[fields.Length + (key is null ? 0 : 16 + (6 * key.Length))];
        _pin = GCHandle.Alloc(_buffer, GCHandleType.Pinned);
        fields.CopyTo(_buffer);
        _length = fields.Length;
        if (key is not null)
        {
            // Before the closing brace.
            _length--;
            Append(_length > 1 ? ",\"key\":\""u8 : "\"key\":\""u8);
            AppendEscaped(key);
            Append("\"}"u8);
        }

        void Append(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_buffer.AsSpan(_length));
            _length += bytes.Length;
        }

        void AppendEscaped(UnmanagedSecret secret)
        {
            ReadOnlySpan<char> characters = secret.Characters;
            for (int at = 0; at < characters.Length; at++)
            {
                char character = characters[at];
                switch (character)
                {
                    case '"':
                        Append("\\\""u8);
                        break;
                    case '\\':
                        Append("\\\\"u8);
                        break;
                    case < ' ':
                        AppendUnicodeEscape(character);
                        break;
                    case < '\u0080':
                        _buffer[_length++] = (byte)character;
                        break;
                    case < '\u0800':
                        _buffer[_length++] = (byte)(0xC0 | (character >> 6));
                        _buffer[_length++] = (byte)(0x80 | (character & 0x3F));
                        break;
                    default:
                        if (char.IsHighSurrogate(character) && at + 1 < characters.Length && char.IsLowSurrogate(characters[at + 1]))
                        {
                            int scalar = char.ConvertToUtf32(character, characters[++at]);
                            _buffer[_length++] = (byte)(0xF0 | (scalar >> 18));
                            _buffer[_length++] = (byte)(0x80 | ((scalar >> 12) & 0x3F));
                            _buffer[_length++] = (byte)(0x80 | ((scalar >> 6) & 0x3F));
                            _buffer[_length++] = (byte)(0x80 | (scalar & 0x3F));
                        }
                        else if (char.IsSurrogate(character))
                        {
                            // Half a pair has no UTF-8 form; its escape arrives as it is.
                            AppendUnicodeEscape(character);
                        }
                        else
                        {
                            _buffer[_length++] = (byte)(0xE0 | (character >> 12));
                            _buffer[_length++] = (byte)(0x80 | ((character >> 6) & 0x3F));
                            _buffer[_length++] = (byte)(0x80 | (character & 0x3F));
                        }

                        break;
                }
            }
        }

        void AppendUnicodeEscape(char character)
        {
            ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
            Append("\\u"u8);
            for (int shift = 12; shift >= 0; shift -= 4)
            {
                _buffer[_length++] = digits[(character >> shift) & 0xF];
            }
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
    internal ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>The body as content for one attempt; the buffer stays this object's.</summary>
    internal HttpContent ToContent() => new BufferContent(this);

    public void Dispose()
    {
        if (_pin.IsAllocated)
        {
            Array.Clear(_buffer, 0, _buffer.Length);
            _pin.Free();
        }
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
            stream.WriteAsync(_body._buffer, 0, _body._length);
#endif
    }
}
