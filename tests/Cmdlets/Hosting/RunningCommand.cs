using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>A script that runs in the engine; it can be stopped from any thread.</summary>
internal sealed class RunningCommand
{
    private readonly PowerShell _shell;
    private readonly RecordingHost _host;
    private readonly PSDataCollection<PSObject> _output = [];
    private readonly Task _end;
    private readonly int _promptsBefore;
    private readonly int _linesBefore;

    internal RunningCommand(Runspace runspace, RecordingHost host, string script)
    {
        _host = host;
        _promptsBefore = host.Prompts.Count;
        _linesBefore = host.Lines.Count;
        _shell = PowerShell.Create(runspace);

        // A caller of the engine receives an error that ends a statement only if the script rethrows it.
        _shell.AddScript($"try {{\n{script}\n}}\ncatch {{ throw }}");
        _end = _shell.InvokeAsync<PSObject, PSObject>(null, _output);
    }

    /// <summary>How many objects were written.</summary>
    internal int OutputCount => _output.Count;

    /// <summary>How often progress was shown.</summary>
    internal int ProgressCount => _shell.Streams.Progress.Count;

    /// <summary>Stops the script, as Ctrl+C does, and returns when it has ended.</summary>
    internal Task StopAsync() => Task.Run(_shell.Stop);

    /// <summary>Waits for the end.</summary>
    internal async Task<CommandResult> EndAsync()
    {
        ErrorRecord? ending = null;
        try
        {
            await _end.ConfigureAwait(false);
        }
        catch (PipelineStoppedException)
        {
            // WasStopped reports it.
        }
        catch (RuntimeException error)
        {
            ending = error.ErrorRecord;
        }

        using (_shell)
        {
            return new CommandResult
            {
                Objects = [.. _output],
                Errors = [.. _shell.Streams.Error],
                TerminatingError = ending,
                WasStopped = _shell.InvocationStateInfo.State == PSInvocationState.Stopped,
                Warnings = [.. _shell.Streams.Warning.Select(record => record.Message)],
                Verbose = [.. _shell.Streams.Verbose.Select(record => record.Message)],
                Debug = [.. _shell.Streams.Debug.Select(record => record.Message)],
                Information = [.. _shell.Streams.Information],
                Progress = [.. _shell.Streams.Progress],
                Prompts = [.. _host.Prompts.Skip(_promptsBefore)],
                HostLines = [.. _host.Lines.Skip(_linesBefore)],
            };
        }
    }
}
