using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace OpenRouter.Byok.Session;

/// <summary>
/// The connections that Connect-Byok made. Each belongs to its runspace. The runspace that loaded the module first is the
/// session's: a parallel block or a thread job without a connection of its own uses the session's connection.
/// </summary>
internal static class ByokSession
{
    private static readonly object Lock = new();
    private static ConditionalWeakTable<Runspace, ByokConnection> s_connections = new();
    private static WeakReference<Runspace>? s_primary;

    /// <summary>Whether the current runspace is the session's.</summary>
    internal static bool IsPrimaryRunspace => Primary is { } primary && primary == Runspace.DefaultRunspace;

    /// <summary>The connection of the current runspace; <see langword="null"/> if there is none.</summary>
    internal static ByokConnection? OfRunspace => Of(Runspace.DefaultRunspace);

    /// <summary>The session's connection; <see langword="null"/> if there is none.</summary>
    internal static ByokConnection? OfSession => Of(Primary);

    /// <summary>The runspace that loaded the module first, as long as it is open.</summary>
    private static Runspace? Primary =>
        Volatile.Read(ref s_primary) is { } reference && reference.TryGetTarget(out Runspace? runspace)
        && runspace.RunspaceStateInfo.State is not (RunspaceState.Closed or RunspaceState.Closing or RunspaceState.Broken)
            ? runspace
            : null;

    /// <summary>Stores the first runspace that loads the module.</summary>
    internal static void Enter()
    {
        lock (Lock)
        {
            if (Primary is null && Runspace.DefaultRunspace is { } runspace)
            {
                Volatile.Write(ref s_primary, new WeakReference<Runspace>(runspace));
            }
        }
    }

    /// <summary>Sets the connection of the current runspace; <see langword="null"/> removes it.</summary>
    internal static void Connect(Runspace runspace, ByokConnection? connection)
    {
        lock (Lock)
        {
            s_connections.Remove(runspace);
            if (connection is not null)
            {
                s_connections.Add(runspace, connection);
            }
        }
    }

    /// <summary>Removes every connection: the module is removed from the session's runspace.</summary>
    internal static void Leave()
    {
        if (Runspace.DefaultRunspace is not { } runspace)
        {
            return;
        }

        Connect(runspace, null);
        EnvironmentConnection.Forget();
        lock (Lock)
        {
            if (runspace == Primary)
            {
                s_connections = new ConditionalWeakTable<Runspace, ByokConnection>();
                s_primary = null;
            }
        }
    }

    private static ByokConnection? Of(Runspace? runspace) =>
        runspace is not null && s_connections.TryGetValue(runspace, out ByokConnection? connection) ? connection : null;
}
