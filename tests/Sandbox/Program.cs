using System.Runtime.InteropServices;
using OpenRouter.Byok.Sandbox;

CommandLine line;
SandboxServer server;
try
{
    line = CommandLine.Parse(args);
    if (line.ShowHelp)
    {
        Console.WriteLine(CommandLine.Help);
        return 0;
    }

    server = await SandboxServer.StartAsync(line.Options);
}
catch (Exception refused) when (refused is FormatException or IOException)
{
    await Console.Error.WriteLineAsync(refused.Message);
    return 2;
}

await using (server)
{
    if (line.CertificateFile is not null)
    {
        await File.WriteAllTextAsync(line.CertificateFile, server.Certificate!.ExportCertificatePem());
    }

    if (line.Quiet)
    {
        Console.WriteLine(server.BaseUri);
    }
    else
    {
        Console.WriteLine($"""
            Listening on {server.BaseUri} with {server.Store.Count} keys. Ctrl+C ends it.

            bash:
              export OPENROUTER_BASE_URL='{server.BaseUri}'
              export OPENROUTER_MANAGEMENT_KEY='{server.ManagementKey}'

            PowerShell:
              $env:OPENROUTER_BASE_URL = '{server.BaseUri}'
              $env:OPENROUTER_MANAGEMENT_KEY = '{server.ManagementKey}'
            """);
    }

    var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
    if (line.UntilStdinCloses)
    {
        // A thread of its own: reading the console cannot be cancelled.
        new Thread(() =>
        {
            while (Console.In.ReadLine() is not null)
            {
            }

            end.TrySetResult();
        })
        { IsBackground = true }.Start();
    }

    await end.Task;

    void End(PosixSignalContext signal)
    {
        signal.Cancel = true;
        end.TrySetResult();
    }
}

return 0;
