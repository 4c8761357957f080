# Runs one test file and writes the result of each test as JSON, for dotnet test. Windows PowerShell 5.1 runs it too.
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $PesterPath,
    [Parameter(Mandatory)] [string] $ResultPath
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$requirements = [Management.Automation.Language.Parser]::ParseFile($Path, [ref]$null, [ref]$null).ScriptRequirements
if ($requirements.RequiredPSVersion -gt $PSVersionTable.PSVersion) {
    $unsupported = "This is PowerShell $($PSVersionTable.PSVersion); $(Split-Path $Path -Leaf) requires $($requirements.RequiredPSVersion)."
    @{ unsupported = $unsupported } | ConvertTo-Json | Set-Content -LiteralPath $ResultPath -Encoding UTF8
    return
}

Import-Module $PesterPath
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Run.FailOnNullOrEmptyForEach = $true
$configuration.Output.Verbosity = 'None'
$run = Invoke-Pester -Configuration $configuration

function Get-Message($ErrorRecord) {
    # Where it happened, without Pester's own part of the way there.
    $places = $ErrorRecord.ScriptStackTrace -split "`n" | Where-Object { $_ -notmatch '[\\/]Pester\.\w*\.?psm?1:|Invoke-TestFile\.ps1:' }
    (@("$ErrorRecord") + $places) -join "`n"
}

# A block or a file that fails has no failed test of its own to speak for it.
$failures = @(
    $run.Failed | ForEach-Object { @{ name = $_.ExpandedPath; message = ($_.ErrorRecord | ForEach-Object { Get-Message $_ }) -join "`n" } }
    $run.FailedBlocks | Where-Object ErrorRecord | ForEach-Object { @{ name = $_.ExpandedPath; message = ($_.ErrorRecord | Out-String).Trim() } }
    $run.FailedContainers | Where-Object ErrorRecord | ForEach-Object { @{ name = "$($_.Item)"; message = ($_.ErrorRecord | Out-String).Trim() } }
)
ConvertTo-Json -Depth 6 -InputObject @{
    unsupported = $null
    passed      = $run.PassedCount
    failures    = $failures
    skipped     = @($run.Skipped | ForEach-Object { @{ name = $_.ExpandedPath; message = "$($_.ErrorRecord)" } })
} | Set-Content -LiteralPath $ResultPath -Encoding UTF8
