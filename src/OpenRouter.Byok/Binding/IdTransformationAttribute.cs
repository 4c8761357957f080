using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>Accepts ids as text or GUIDs. Keys are left to the parameter for keys, which the binder would otherwise not try.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class IdTransformationAttribute : ArgumentTransformationAttribute
{
    private static readonly KeyTransformationAttribute Keys = new();

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            string id => new[] { id },
            Guid id => new[] { id.ToString() },
            ByokConnection => throw Refusal("A connection is not the id of a key."),
            _ => Keys.Transform(engineIntrinsics, inputData) is ByokKey[] keys ? keys : inputData,
        };

    /// <summary>A failed conversion, which the binder ignores if another parameter accepts the object from the pipeline.</summary>
    private static ArgumentTransformationMetadataException Refusal(string message) => new(message, new PSInvalidCastException(message));
}
