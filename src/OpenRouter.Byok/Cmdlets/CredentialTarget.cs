using OpenRouter.Byok.Async;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>A credential that a command is about to change or delete.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Description">What a prompt calls it.</param>
internal sealed record CredentialTarget(string Id, string Description)
{
    /// <summary>The credentials that the present record names; what is no id fails alone, before a prompt could show what it is.</summary>
    internal static IEnumerable<CredentialTarget> Of(CommandRun run)
    {
        BoundParameters bound = run.Pipeline.Parameters;
        PipedInput? input = bound.Input;
        string place = input?.Kind is PipedKind.Row or PipedKind.Workspace ? FormattableString.Invariant($"Row {run.Row}, column Id: ") : string.Empty;
        if (input is { Kind: PipedKind.Workspace } or { Id: null })
        {
            run.Fail(CmdletError.BadInput($"{place}there is no id of a credential in it. Nothing was sent.", target: null));
            yield break;
        }

        foreach (string id in input is null ? bound.Texts("Id") : [input.Id!])
        {
            if (ResourceId.IsId(id))
            {
                yield return new CredentialTarget(id, input is null ? id : Describe(id, input));
            }
            else
            {
                run.Fail(CmdletError.From(ResourceId.Wrong(id, place: place), ResourceId.Show(id)));
            }
        }
    }

    private static string Describe(string id, PipedInput input)
    {
        string known = string.Join(
            " ",
            new[] { input.Text("Name"), input.Text("Provider"), input.Kind == PipedKind.Key ? input.Text("Label") : null }.Where(part => part is not null));
        return known.Length == 0 ? id : $"{ShownText.MakeVisible(known)} ({id})";
    }
}
