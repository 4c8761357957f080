using System.Management.Automation;
using System.Management.Automation.Language;

namespace OpenRouter.Byok.Binding;

/// <summary>Distinguishes <c>$null</c> from an empty string, to which the engine converts it for a text parameter.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NullableTextTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => inputData ?? NullString.Value;
}
