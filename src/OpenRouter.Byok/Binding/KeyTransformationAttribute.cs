using System.Collections;
using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>Accepts one or several keys, including keys from a job, a remote session or a file.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyTransformationAttribute : ArgumentTransformationAttribute
{
    private const string Deserialized = "Deserialized.OpenRouter.Byok.ByokKey";

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (ToKey(inputData) is { } key)
        {
            return new[] { key };
        }

        object? input = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (input is not IList { Count: > 0 } list)
        {
            return inputData;
        }

        ByokKey?[] keys = list.Cast<object?>().Select(ToKey).ToArray();
        return Array.IndexOf(keys, null) < 0 ? keys : inputData;
    }

    /// <summary>Whether an object is a key, or a copy of one from a job, a remote session or a file.</summary>
    internal static bool IsKey(PSObject input) =>
        input.BaseObject is ByokKey || input.TypeNames.Contains(Deserialized, StringComparer.OrdinalIgnoreCase);

    private static ByokKey? ToKey(object? input)
    {
        if (input is null)
        {
            return null;
        }

        var wrapped = PSObject.AsPSObject(input);
        return wrapped.BaseObject as ByokKey ?? (IsKey(wrapped) ? Restore(wrapped) : null);
    }

    /// <summary>Restores the fields that identify the key; its settings are as old as the copy and are never used.</summary>
    private static ByokKey Restore(PSObject copy) => new()
    {
        Id = Text(copy, nameof(ByokKey.Id)) ?? string.Empty,
        Name = Text(copy, nameof(ByokKey.Name)),
        Provider = Text(copy, nameof(ByokKey.Provider)),
        Label = Text(copy, nameof(ByokKey.Label)),
        WorkspaceId = Text(copy, nameof(ByokKey.WorkspaceId)),
        DeclaredRegion = Text(copy, nameof(ByokKey.DeclaredRegion)),
    };

    private static string? Text(PSObject copy, string property) => copy.Properties[property]?.Value?.ToString();
}
