using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>Reports why a connection from a job, a remote session or a file cannot be used.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConnectionTransformationAttribute : ArgumentTransformationAttribute
{
    private const string Deserialized = "Deserialized.OpenRouter.Byok.ByokConnection";

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is PSObject copy && copy.TypeNames.Contains(Deserialized, StringComparer.OrdinalIgnoreCase)
            ? throw new ArgumentTransformationMetadataException(
                "This connection was copied by a job, a remote session or a file, and the copy has no management key. Connect again with Connect-Byok where the command runs.")
            : inputData;
}
