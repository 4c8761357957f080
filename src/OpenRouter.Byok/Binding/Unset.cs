using System.Security;

namespace OpenRouter.Byok.Binding;

/// <summary>
/// The values of missing parameters. They distinguish a missing parameter from <c>$null</c>, which clears a field; the
/// binder restores them before the next record if a parameter came from the pipeline.
/// </summary>
internal static class Unset
{
    /// <summary>A missing text; compared by reference.</summary>
    internal static readonly string Text = new('\0', 1);

    /// <summary>A missing list; compared by reference.</summary>
    internal static readonly string[] List = [Text];

    /// <summary>A missing raw key; compared by reference.</summary>
    internal static readonly SecureString Secret = new();

    /// <summary>Whether a value is one of these.</summary>
    internal static bool Is(object? value) => ReferenceEquals(value, Text) || ReferenceEquals(value, List) || ReferenceEquals(value, Secret);
}
