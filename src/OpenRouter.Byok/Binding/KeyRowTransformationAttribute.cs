using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>Takes rows from the pipeline. Anything else is left to the other parameters.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyRowTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>Whether keys are taken as rows too: where a cmdlet has no parameter for keys.</summary>
    public bool IncludesKeys { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is not null && KeyRow.From(PSObject.AsPSObject(inputData)) is { } row && (IncludesKeys || !row.IsKey) ? row : inputData;
}
