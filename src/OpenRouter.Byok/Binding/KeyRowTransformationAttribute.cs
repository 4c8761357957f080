using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>Accepts rows from the pipeline. Other objects are left to the other parameters.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyRowTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is not null && KeyRow.From(PSObject.AsPSObject(inputData)) is { } row ? row : inputData;
}
