namespace OpenRouter.Byok.Session;

/// <summary>The connection of a command without -Connection, as it is when the command begins.</summary>
internal sealed class SessionConnection
{
    private readonly ByokConnection? _connection;
    private readonly ByokApiException? _problem;

    private SessionConnection(ByokConnection? connection, ConnectionSource? source, ByokApiException? problem)
    {
        _connection = connection;
        _problem = problem;
        Source = source;
    }

    /// <summary>Where it comes from; <see langword="null"/> if there is none.</summary>
    internal ConnectionSource? Source { get; }

    /// <summary>Reads the connection of this runspace, else the session's, else that of the environment.</summary>
    internal static SessionConnection Read()
    {
        if (ByokSession.OfRunspace is { } own)
        {
            return new SessionConnection(own, ByokSession.IsPrimaryRunspace ? ConnectionSource.Session : ConnectionSource.Runspace, null);
        }

        if (ByokSession.OfSession is { } shared)
        {
            return new SessionConnection(shared, ConnectionSource.Session, null);
        }

        try
        {
            ByokConnection? environment = EnvironmentConnection.Read();
            return new SessionConnection(environment, environment is null ? null : ConnectionSource.Environment, null);
        }
        catch (ByokApiException problem)
        {
            // Reported only if this connection is needed: -Connection takes precedence.
            return new SessionConnection(null, null, problem);
        }
    }

    /// <summary>The connection; <see langword="null"/> if there is none or the environment has an invalid URL.</summary>
    internal ByokConnection? Known => _connection;

    /// <summary>The connection; <see langword="null"/> if there is none.</summary>
    /// <exception cref="ByokApiException">The environment has an invalid URL.</exception>
    internal ByokConnection? Find() => _problem is null ? _connection : throw _problem;

    /// <summary>The connection.</summary>
    /// <exception cref="ByokApiException">There is none, or the environment has an invalid URL.</exception>
    internal ByokConnection Require() => Find() ?? throw new ByokApiException(
        ByokErrorKind.NotConnected,
        "No management key was given. Nothing was sent.",
        $"Connect with Connect-Byok, or set the environment variable {EnvironmentConnection.ManagementKeyVariable}.")
    {
        EndsTheCommand = true,
    };
}
