# Runs one test file and writes what became of each test, as JSON: what the bridge in dotnet test calls.
# Exit codes: 0 the tests ran, 3 they could not (the reason is in the result).
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $ResultPath
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

function Write-Result($Result) {
    ConvertTo-Json -InputObject $Result -Depth 6 | Set-Content -LiteralPath $ResultPath -Encoding utf8
}

if ($PSVersionTable.PSVersion -lt [version]'7.4') {
    Write-Result @{ missing = "PowerShell $($PSVersionTable.PSVersion) is older than 7.4" }
    exit 3
}

$pester = Get-Module -ListAvailable Pester | Where-Object Version -GE 5.5 | Sort-Object Version | Select-Object -Last 1
if (-not $pester) {
    Write-Result @{ missing = 'Pester 5.5 or later is not installed (Install-PSResource Pester)' }
    exit 3
}

Import-Module $pester
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'None'
$run = Invoke-Pester -Configuration $configuration

# A block or a file that fails has no failed test of its own to speak for it.
$failures = @(
    $run.Failed | ForEach-Object { @{ name = $_.ExpandedPath; message = ($_.ErrorRecord | ForEach-Object { "$_`n$($_.ScriptStackTrace)" }) -join "`n" } }
    $run.FailedBlocks | Where-Object ErrorRecord | ForEach-Object { @{ name = $_.ExpandedPath; message = ($_.ErrorRecord | Out-String).Trim() } }
    $run.FailedContainers | Where-Object ErrorRecord | ForEach-Object { @{ name = "$($_.Item)"; message = ($_.ErrorRecord | Out-String).Trim() } }
)
Write-Result @{
    passed   = $run.PassedCount
    failures = $failures
    skipped  = @($run.Skipped | ForEach-Object { @{ name = $_.ExpandedPath; message = "$($_.ErrorRecord)" } })
    notRun   = $run.NotRunCount
}
exit 0
