using System.Collections;
using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>Accepts one or several rows or keys: what Import-Csv, ConvertFrom-Json or Get-ByokKey returns.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SyncRowTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (inputData is null)
        {
            return null;
        }

        if (ToRow(inputData) is { } row)
        {
            return new[] { row };
        }

        object input = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        KeyRow?[] rows = input is IList list ? list.Cast<object?>().Select(item => item is null ? null : ToRow(item)).ToArray() : [];
        return rows.Length > 0 && Array.IndexOf(rows, null) < 0 ? rows : inputData;
    }

    private static KeyRow? ToRow(object input) => KeyRow.From(PSObject.AsPSObject(input), includesKeys: true);
}
