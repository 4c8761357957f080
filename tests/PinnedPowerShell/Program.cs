using System.Diagnostics;
using OpenRouter.Byok.PinnedPowerShell;

// PowerShell also receives Ctrl+C, and handles it.
Console.CancelKeyPress += (_, interrupt) => interrupt.Cancel = true;

using Process powerShell = Process.Start(PowerShellProgram.StartInfo(args))!;
await powerShell.WaitForExitAsync();
return powerShell.ExitCode;
