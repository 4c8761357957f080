using OpenRouter.Byok.Pipeline;

namespace OpenRouter.Byok.Commands;

/// <summary>A credential that a command is about to change or delete.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Description">What a prompt calls it.</param>
internal sealed record CredentialTarget(string Id, string Description)
{
    /// <summary>The credentials that the present record names; a record that names none fails alone.</summary>
    internal static IReadOnlyList<CredentialTarget> Of(CommandRun run)
    {
        BoundParameters bound = run.Pipeline.Parameters;
        if (bound.Input is not { } input)
        {
            return bound.Texts("Id").Select(id => new CredentialTarget(id, id)).ToArray();
        }

        if (input.Id is { } given && input.Kind != PipedKind.Workspace)
        {
            return [new CredentialTarget(given, Describe(given, input))];
        }

        run.Fail(CmdletError.BadInput(
            FormattableString.Invariant($"Row {run.Row}, column Id: there is no id of a credential in it. Nothing was sent."), target: null));
        return [];
    }

    private static string Describe(string id, PipedInput input)
    {
        string known = string.Join(
            " ",
            new[] { input.Text("Name"), input.Text("Provider"), input.Kind == PipedKind.Key ? input.Text("Label") : null }.Where(part => part is not null));
        return known.Length == 0 ? id : $"{known} ({id})";
    }
}
