using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>Takes a workspace where its id is wanted.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class WorkspaceTransformationAttribute : ArgumentTransformationAttribute
{
    private const string Deserialized = "Deserialized.OpenRouter.Byok.ByokWorkspace";

    /// <summary>Whether the parameter takes several.</summary>
    public bool IsList { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (inputData is null)
        {
            return null;
        }

        var input = PSObject.AsPSObject(inputData);
        string? id = input.BaseObject is ByokWorkspace workspace ? workspace.Id
            : input.TypeNames.Contains(Deserialized, StringComparer.OrdinalIgnoreCase) ? input.Properties[nameof(ByokWorkspace.Id)]?.Value?.ToString()
            : null;
        return id is null ? inputData : IsList ? new[] { id } : id;
    }
}
