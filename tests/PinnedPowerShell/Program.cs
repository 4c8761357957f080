using System.Diagnostics;
using OpenRouter.Byok.PinnedPowerShell;

// PowerShell receives Ctrl+C too, and decides.
Console.CancelKeyPress += (_, interrupt) => interrupt.Cancel = true;

using Process powerShell = Process.Start(PowerShellProgram.StartInfo(args))!;
await powerShell.WaitForExitAsync();
return powerShell.ExitCode;
