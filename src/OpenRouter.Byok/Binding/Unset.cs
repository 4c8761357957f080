using System.Security;

namespace OpenRouter.Byok.Binding;

/// <summary>
/// The values of parameters that are left out. They tell "left out" from <c>$null</c>, which clears a field; the binder
/// restores them before the next record where a parameter came from the pipeline.
/// </summary>
internal static class Unset
{
    /// <summary>A text that was left out; compared by reference.</summary>
    internal static readonly string Text = new('\0', 1);

    /// <summary>A list that was left out; compared by reference.</summary>
    internal static readonly string[] List = [Text];

    /// <summary>A raw key that was left out; compared by reference.</summary>
    internal static readonly SecureString Secret = new();

    /// <summary>Whether a value is one of these.</summary>
    internal static bool Is(object? value) => ReferenceEquals(value, Text) || ReferenceEquals(value, List) || ReferenceEquals(value, Secret);
}
