using System.Collections;
using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>Accepts one text <c>a;b;c</c>, as in a CSV file, for a list parameter.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AllowListTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            // Not parsed here: an error in it is reported with its row.
            string text => new[] { text },
            AllowList list => list.ToArray(),
            IEnumerable entries => entries.Cast<object?>().Select(entry => (entry as PSObject)?.BaseObject?.ToString() ?? entry?.ToString()).ToArray(),
            _ => inputData,
        };
    }
}
