using System.Text.Json;

namespace OpenRouter.Byok.Client;

/// <summary>Reads one field of a response's object into a property of a type.</summary>
internal sealed class FieldReader<TRecord, TValue>(string apiName, Func<JsonElement, TValue> read, Action<TRecord, TValue> set)
    : FieldReader<TRecord>(apiName)
{
    internal override bool Read(TRecord record, JsonElement value)
    {
        TValue result = read(value);
        set(record, result);
        return result is not null || value.ValueKind == JsonValueKind.Null;
    }
}
