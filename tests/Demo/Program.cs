using OpenRouter.Byok.Demo;
using OpenRouter.Byok.Sandbox;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, interrupt) =>
{
    // The started process must end first.
    interrupt.Cancel = true;
    stop.Cancel();
};

using var folder = new DemoFolder();
await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { Latency = TimeSpan.FromMilliseconds(20) });
DemoAccount.Fill(server.Store);
folder.Write(server);

Console.WriteLine($"""
    A stand-in for the API listens on {server.BaseUri} and holds {server.Store.Count} made-up keys.
    Nothing leaves this machine.
    """);
try
{
    int exitCode = await PowerShellSession.PlayAsync(server, folder, stop.Token);
    if (!Summary.Write(server))
    {
        Console.WriteLine("That is not what the session was to do.");
        return 1;
    }

    return exitCode;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.WriteLine("Stopped.");
    return 130;
}
