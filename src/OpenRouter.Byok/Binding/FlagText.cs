using System.Globalization;
using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>Text that was given for a switch and is neither true nor false.</summary>
/// <param name="Text">The text, possibly blank.</param>
internal sealed record FlagText(string Text);

/// <summary>
/// Lets a switch, or a truth value that can be null, take text: <c>true</c> and <c>false</c>, as a CSV file holds them.
/// </summary>
/// <remarks>
/// The engine converts what comes out of here to a switch, which has two states only, and an exception would fail the
/// row with the engine's words and the whole row in <c>$Error</c>. So text that is blank or wrong is put aside, and the
/// property setter, which the engine calls next on the same thread, takes it.
/// </remarks>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FlagTextTransformationAttribute : ArgumentTransformationAttribute
{
    [ThreadStatic]
    private static FlagText? s_aside;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is not string text)
        {
            s_aside = null;
            return inputData;
        }

        bool? flag = Read(text);
        s_aside = flag is null ? new FlagText(text) : null;
        return flag ?? false;
    }

    /// <summary>Reads text as a truth value, whatever the culture; <see langword="null"/> where it is none.</summary>
    internal static bool? Read(string text) => text.Trim().ToLower(CultureInfo.InvariantCulture) switch
    {
        "true" or "1" or "yes" => true,
        "false" or "0" or "no" => false,
        _ => null,
    };

    /// <summary>The text that the transformation before put aside; <see langword="null"/> where there was none.</summary>
    internal static FlagText? TakeAside()
    {
        FlagText? aside = s_aside;
        s_aside = null;
        return aside;
    }
}
