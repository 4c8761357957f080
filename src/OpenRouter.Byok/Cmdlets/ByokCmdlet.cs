using System.Management.Automation;
using OpenRouter.Byok.Async;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Completion;
using OpenRouter.Byok.Session;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>A cmdlet that uses a connection.</summary>
public abstract class ByokCmdlet : AsyncCmdlet
{
    private SessionConnection? _session;

    /// <summary>
    /// The connection to use: what <c>Connect-Byok -PassThru</c> returns. Default: the connection of this runspace,
    /// else the session's, else that of the environment.
    /// </summary>
    /// <remarks>
    /// Only cmdlets that list accept it from the pipeline: for every other object there, the binder would try to make a
    /// connection of it, and fail with an exception that takes longer than the request.
    /// </remarks>
    [Parameter]
    [ValidateNotNull]
    [ConnectionTransformation]
    public virtual ByokConnection? Connection { get; set; }

    /// <summary>
    /// The connection of the current record. The session's connection is read once, when the command begins: a Connect-Byok
    /// elsewhere does not move a running command to another account.
    /// </summary>
    /// <exception cref="ByokApiException">There is none.</exception>
    private protected ByokConnection ActiveConnection => Connection ?? _session!.Require();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && ChangesAccount && (Connection ?? _session?.Known) is { } connection)
        {
            AccountCache.Forget(connection);
        }
    }

    private protected override void Begin() => _session = SessionConnection.Read();
}
