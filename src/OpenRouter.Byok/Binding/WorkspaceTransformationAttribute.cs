using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>Accepts workspaces, including workspaces from a job, a remote session or a file.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class WorkspaceTransformationAttribute : ArgumentTransformationAttribute
{
    private const string Deserialized = "Deserialized.OpenRouter.Byok.ByokWorkspace";

    /// <summary>Represents a key that was given instead of a workspace, so that the cmdlet can report what to do.</summary>
    internal static readonly ByokWorkspace Key = new() { Id = string.Empty };

    /// <summary>Whether a key is converted to <see cref="Key"/>.</summary>
    public bool RefusesKeys { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (inputData is null)
        {
            return null;
        }

        var input = PSObject.AsPSObject(inputData);
        return RefusesKeys && KeyTransformationAttribute.IsKey(input) ? Key : ToWorkspace(input) ?? inputData;
    }

    /// <summary>Whether an object is a workspace, or a copy of one from a job, a remote session or a file.</summary>
    internal static bool IsWorkspace(PSObject input) =>
        input.BaseObject is ByokWorkspace || input.TypeNames.Contains(Deserialized, StringComparer.OrdinalIgnoreCase);

    private static ByokWorkspace? ToWorkspace(PSObject input) =>
        input.BaseObject as ByokWorkspace
        ?? (IsWorkspace(input) ? new ByokWorkspace { Id = input.Properties[nameof(ByokWorkspace.Id)]?.Value?.ToString() ?? string.Empty } : null);
}
