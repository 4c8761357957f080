using System.Management.Automation;
using System.Management.Automation.Language;

namespace OpenRouter.Byok.Binding;

/// <summary>Keeps <c>$null</c> apart from an empty string, which the engine makes of it for a text parameter.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NullableTextTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => inputData ?? NullString.Value;
}
