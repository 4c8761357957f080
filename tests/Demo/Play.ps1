# Plays a session: shows the comment and the commands of each step, and runs the commands.
param([Parameter(Mandatory)] [string] $Session, [double] $Pause = 0)

$steps = (Get-Content -Raw -LiteralPath $Session) -split '(\r?\n){2,}' | Where-Object { $_.Trim() } | Select-Object -Skip 1
foreach ($step in $steps) {
    Write-Host
    foreach ($line in $step.Trim() -split '\r?\n') {
        if ($line.StartsWith('#')) {
            Write-Host "$($PSStyle.Foreground.BrightGreen)$line$($PSStyle.Reset)"
            continue
        }

        Write-Host "$($PSStyle.Foreground.BrightCyan)PS>$($PSStyle.Reset) $($PSStyle.Bold)$line$($PSStyle.Reset)"
        Start-Sleep -Seconds $Pause

        # In this scope, as at a prompt: what one line sets the next one has.
        . ([scriptblock]::Create($line)) | Out-Default
    }
}
