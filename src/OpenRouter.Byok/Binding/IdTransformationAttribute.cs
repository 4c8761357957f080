using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>Takes ids as text or GUIDs. Keys are left to the parameter for keys, which the binder would otherwise not ask.</summary>
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

            // A piped connection is bound too: without this the binder would make an id of its text.
            ByokConnection => Unset.List,
            _ => Keys.Transform(engineIntrinsics, inputData) is ByokKey[] keys ? keys : inputData,
        };
}
