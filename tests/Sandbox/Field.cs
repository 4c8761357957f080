namespace OpenRouter.Byok.Sandbox;

/// <summary>A field of a request body: left out, or set (perhaps to null).</summary>
internal readonly record struct Field<T>(bool IsSet, T Value)
{
    internal T Or(T unchanged) => IsSet ? Value : unchanged;
}
