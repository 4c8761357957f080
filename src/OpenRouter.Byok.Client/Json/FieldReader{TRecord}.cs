using System.Text;
using System.Text.Json;

namespace OpenRouter.Byok.Client;

/// <summary>Reads one field of a response's object into a property.</summary>
internal abstract class FieldReader<TRecord>(string apiName)
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(apiName);

    internal bool Matches(JsonProperty property) => property.NameEquals(_name);

    /// <summary>Sets the property; <see langword="null"/> for a value that is null or unreadable.</summary>
    /// <returns>Whether the value was read; otherwise the property does not show what the response has.</returns>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    internal abstract bool Read(TRecord record, JsonElement value);
}
