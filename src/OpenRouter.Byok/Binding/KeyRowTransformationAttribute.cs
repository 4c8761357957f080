using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>Takes rows from the pipeline. Anything else is left to the other parameters.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyRowTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is not null && KeyRow.From(PSObject.AsPSObject(inputData)) is { } row ? row : inputData;
}
