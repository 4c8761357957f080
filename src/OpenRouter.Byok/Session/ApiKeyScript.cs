using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Security;

namespace OpenRouter.Byok.Session;

/// <summary>
/// The script that returns the management key. It runs in a runspace of its own: a refused request can be on any
/// thread, while the thread of the caller's runspace is busy with the command.
/// </summary>
/// <param name="script">The script.</param>
internal sealed class ApiKeyScript(ScriptBlock script)
{
    private readonly string _text = script.ToString();

    /// <summary>Runs the script.</summary>
    /// <param name="stop">Stops it.</param>
    /// <returns>The management key.</returns>
    /// <exception cref="ByokApiException">It failed, or returned anything but one management key.</exception>
    internal Task<SecureString> InvokeAsync(CancellationToken stop) => Task.Run(() => Invoke(stop), stop);

    private SecureString Invoke(CancellationToken stop)
    {
        using PowerShell shell = PowerShell.Create(RunspaceMode.NewRunspace);
        using CancellationTokenRegistration registration = stop.Register(static shell => ((PowerShell)shell!).BeginStop(null, null), shell);
        Collection<PSObject> returned;
        try
        {
            returned = shell.AddScript(_text).Invoke(null, new PSInvocationSettings { ErrorActionPreference = ActionPreference.Stop });
        }
        catch (RuntimeException error)
        {
            stop.ThrowIfCancellationRequested();
            throw Problem($"failed: {error.Message.TrimEnd('.')}");
        }

        return returned.Count != 1 ? throw Problem($"returned {returned.Count} objects, not one")
            : returned[0]?.BaseObject switch
            {
                SecureString key => key,
                PSCredential credential => credential.Password,
                string => throw Problem("returned plain text, which is not accepted; return a SecureString"),
                null => throw Problem("returned $null; return a SecureString"),
                { } other => throw Problem($"returned a {other.GetType().Name}; return a SecureString"),
            };
    }

    private static ByokApiException Problem(string what) => new(
        ByokErrorKind.NotConnected,
        $"-ApiKeyScript {what}.",
        "The script block runs in a runspace of its own: it sees no variables of the session. Try it with Start-ThreadJob.")
    {
        EndsTheCommand = true,
    };
}
