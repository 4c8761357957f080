# Runs the script of the DSC resource again and again in one PowerShell, which starts but once: a call and its result are JSON lines.
param([string] $Script)

[Console]::InputEncoding = [Text.UTF8Encoding]::new($false)
$results = [Console]::Out
while ($line = [Console]::In.ReadLine()) {
    $call = ConvertFrom-Json $line -AsHashtable
    $before = @{}
    $call.environment.Keys | ForEach-Object { $before[$_] = [Environment]::GetEnvironmentVariable($_) }
    $output, $messages = [IO.StringWriter]::new(), [IO.StringWriter]::new()
    [Console]::SetOut($output)
    [Console]::SetError($messages)
    try {
        $call.environment.GetEnumerator() | ForEach-Object { [Environment]::SetEnvironmentVariable($_.Key, $_.Value) }
        $call.input | & $Script $call.operation | Write-Host
    }
    finally {
        $before.GetEnumerator() | ForEach-Object { [Environment]::SetEnvironmentVariable($_.Key, $_.Value) }
        [Console]::SetOut($results)
    }

    $results.WriteLine((ConvertTo-Json -Compress -EscapeHandling EscapeNonAscii @{ exitCode = $LASTEXITCODE; output = "$output"; errors = "$messages" }))
}
