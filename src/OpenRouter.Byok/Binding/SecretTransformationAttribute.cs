using System.Management.Automation;
using System.Security;

namespace OpenRouter.Byok.Binding;

/// <summary>
/// Accepts a PSCredential for a SecureString: its password is used. Plain text is refused, but not here: an exception
/// would put the whole input, and with it the key, into the error's target.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>Represents a key that was given as plain text.</summary>
    internal static readonly SecureString PlainText = Marker();

    /// <summary>Represents blank text: an empty CSV cell.</summary>
    internal static readonly SecureString Blank = Marker();

    /// <summary>Represents a value that is not a key.</summary>
    internal static readonly SecureString NotSecret = Marker();

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => ToSecret(inputData);

    /// <summary>The secret in a value, or one of the markers; <see langword="null"/> for <c>$null</c>.</summary>
    internal static object? ToSecret(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        null => null,
        SecureString secret => secret,
        PSCredential credential => credential.Password,
        string text => string.IsNullOrWhiteSpace(text) ? Blank : PlainText,
        _ => NotSecret,
    };

    private static SecureString Marker()
    {
        var marker = new SecureString();
        marker.MakeReadOnly();
        return marker;
    }
}
