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

    private RequestBody(ReadOnlySpan<byte> fields, Secret? key, ByokKeySettings settings)
    {
        PlainTexts = [settings.Name.Value, .. settings.AllowedModels.Value ?? Enumerable.Empty<string>(), .. settings.AllowedUserIds.Value ?? Enumerable.Empty<string>()];

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

        void AppendEscaped(Secret secret)
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
    internal static RequestBody ForCreate(CreateByokKeyRequest request, Secret key) => new(
        WriteFields(writer =>
        {
            writer.WriteString("provider"u8, request.Provider);
            if (request.WorkspaceId is { IsSet: true, Value: { } workspace })
            {
                writer.WriteString("workspace_id"u8, workspace);
            }

            WriteSettings(writer, request.Settings);
        }),
        key,
        request.Settings);

    /// <summary>The body of an update.</summary>
    internal static RequestBody ForUpdate(UpdateByokKeyRequest request, Secret? key) =>
        new(WriteFields(writer => WriteSettings(writer, request.Settings)), key, request.Settings);

    /// <summary>The texts in the body that are no secrets: an answer that holds one is no echo, whatever a key document has in common with it.</summary>
    internal IReadOnlyCollection<string?> PlainTexts { get; }

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
        if (settings.Name.IsSet)
        {
            writer.WriteString("name"u8, settings.Name.Value);
        }

        WriteFlag(writer, "disabled"u8, settings.Disabled);
        WriteFlag(writer, "is_fallback"u8, settings.IsFallback);
        WriteFlag(writer, "is_required"u8, settings.IsRequired);
        WriteFlag(writer, "is_byok_only"u8, settings.IsByokOnly);
        if (settings.DeclaredZdr is { IsSet: true, Value: { } declared })
        {
            writer.WriteBoolean("declared_zdr"u8, declared);
        }
        else if (settings.DeclaredZdr.IsSet)
        {
            writer.WriteNull("declared_zdr"u8);
        }

        WriteList(writer, "allowed_models"u8, settings.AllowedModels);
        WriteList(writer, "allowed_api_key_hashes"u8, settings.AllowedApiKeyHashes);
        WriteList(writer, "allowed_user_ids"u8, settings.AllowedUserIds);
    }

    private static void WriteFlag(Utf8JsonWriter writer, ReadOnlySpan<byte> name, Optional<bool> flag)
    {
        if (flag.IsSet)
        {
            writer.WriteBoolean(name, flag.Value);
        }
    }

    private static void WriteList(Utf8JsonWriter writer, ReadOnlySpan<byte> name, Optional<AllowList?> list)
    {
        if (!list.IsSet)
        {
            return;
        }

        if (list.Value is null)
        {
            writer.WriteNull(name);
            return;
        }

        writer.WriteStartArray(name);
        foreach (string entry in list.Value)
        {
            writer.WriteStringValue(entry);
        }

        writer.WriteEndArray();
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
            TransportStream.SendAsync(stream, _body._buffer.AsMemory(0, _body._length), cancellationToken);
#else
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            stream.WriteAsync(_body._buffer, 0, _body._length);
#endif
    }
}
